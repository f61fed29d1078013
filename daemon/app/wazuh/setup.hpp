// Puts our files into the directory of a Wazuh manager, and takes them away again.
#pragma once

#include "app/config.hpp"
#include "app/report.hpp"

namespace enrichd::wazuh {

/// Shim, rules, and what ossec.conf needs, which is printed, or with `write` put there. Rules that somebody
/// has changed stay; the new ones are put beside them. `home` empty: as the configuration says. What is there
/// already stays as it is.
Report install(const Config& config, const std::string& home, bool write);

/// In each home where install was before: what it put there is brought up to date.
Report refresh(const Config& config);

/// `home` empty: each home where install was. Without `write` ossec.conf is left alone, and what to take out
/// is printed.
Report uninstall(const Config& config, const std::string& home, bool write);

}  // namespace enrichd::wazuh

// `enrichd selftest`: sends one marked alert through the real shim and follows it to the output, and to
// Wazuh's alerts.
#pragma once

#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd::wazuh {

/// `home` empty: as the configuration says. Takes at most half a minute when the daemon answers. The report
/// is not good when the alert stopped before the outputs; that Wazuh shows no alert for it is a warning.
Report self_test(const Config& config, const std::string& home, const std::string& wazuh_account = "wazuh");

}  // namespace enrichd::wazuh

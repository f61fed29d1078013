// Looks at Wazuh's side for what goes wrong in practice, and says how to fix it. Changes nothing.
#pragma once

#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd::wazuh {

/// Who is who on this machine: each is a user; Wazuh's is a group too.
struct Accounts {
    std::string wazuh = "wazuh";
    std::string enrichd = "enrichd";
};

/// `home` empty: as the configuration says. The report is not good when something keeps alerts or events from
/// their way.
Report doctor(const Config& config, const std::string& home, const Accounts& accounts = {});

}  // namespace enrichd::wazuh

// Looks at Wazuh's side for what goes wrong in practice, and says how to mend it. Changes nothing.
#pragma once

#include <string>

#include "app/config.hpp"
#include "app/report.hpp"

namespace enrichd::wazuh {

/// `home` empty: as the configuration says. The report is not good when something keeps alerts or events from
/// their way.
Report doctor(const Config& config, const std::string& home);

}  // namespace enrichd::wazuh

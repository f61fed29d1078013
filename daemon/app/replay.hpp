// The verb `replay`: a file of alerts, as Wazuh's alerts.json is, or as the indexer exports them.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

/// Called now and then with the share of the file that is done, 0 to 1; a pipe has none.
using Progress = std::function<void(double)>;

/// Hands each alert with a name to the running daemon, as the shim does. One that the daemon has had is not
/// worked on again. While the daemon is busy it waits. Ends with an error when the daemon is gone or refuses
/// this user, or when no alert in the file has a name.
Report replay(const Config& config, const std::string& file, const Progress& progress);

/// Asks the providers without the daemon, once for each name, and writes the events that would be sent to
/// `out`, as outputs.file has them. First contacts that only the running daemon knows are not in them.
Report rehearse(const Config& config, const std::string& file, std::ostream& out, const Progress& progress);

}  // namespace enrichd

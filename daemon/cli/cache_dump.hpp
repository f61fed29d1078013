// Verdicts of the running daemon as a file, for another host or for later: JSON lines. Only those that hide
// no first contact there: see Component::learnt_with.
#pragma once

#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

/// One line for each.
Report daemon_cache_dump(const Config& config);

/// `file` may be gzip, or - for standard input. Not good when nothing of it was loaded.
Report daemon_cache_load(const Config& config, const std::string& file);

}  // namespace enrichd

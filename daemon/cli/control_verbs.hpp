// The verbs that ask the running daemon over the admin socket.
#pragma once

#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

Report daemon_status(const Config& config);
Report daemon_cache_stats(const Config& config);
Report daemon_cache_get(const Config& config, const std::string& name);

/// All verdicts when `name` is empty.
Report daemon_cache_flush(const Config& config, const std::string& name);

/// Tells the level, after setting it unless `level` is empty.
Report daemon_log_level(const Config& config, const std::string& level);

}  // namespace enrichd

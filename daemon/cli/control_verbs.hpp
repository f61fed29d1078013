// The verbs that ask the running daemon over the admin socket.
#pragma once

#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

Report daemon_status(const Config& config);
/// Pending work: open questions, outputs, spool, files.
Report daemon_queue(const Config& config);

/// Has the daemon read its configuration again; not good when that is refused.
Report daemon_reload(const Config& config);

Report daemon_cache_stats(const Config& config);
Report daemon_cache_get(const Config& config, const std::string& name);

/// Which verdicts are meant; all of it empty: all.
struct CacheRequest {
    std::string name{};     // and its domain
    std::string suffix{};   // of names
    bool negative = false;  // those that found nothing
};
Report daemon_cache_list(const Config& config, const CacheRequest& request);
Report daemon_cache_flush(const Config& config, const CacheRequest& request);

/// Of the state that hosts share.
Report daemon_shared(const Config& config);

/// `act`: pause, resume or reset.
Report daemon_provider(const Config& config, const std::string& act, const std::string& name);

/// Shows the level, after setting it unless `level` is empty.
Report daemon_log_level(const Config& config, const std::string& level);

}  // namespace enrichd

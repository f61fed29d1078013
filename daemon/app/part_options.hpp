// The configuration as the options of the parts, for the start and for a reload.
#pragma once

#include "app/config.hpp"
#include "intake/spool.hpp"

namespace enrichd {

inline EnricherOptions enricher_options(const Config& config) {
    return {config.gate, config.domain_stats.error_event_every, config.otx.always, config.otx.retry_for};
}

/// A hit with its pulses is larger than a verdict of Domain Stats, and there are few.
inline CacheOptions otx_cache_options(const Config& config) {
    return {config.cache.entries, 64 * 1024 * 1024};
}

inline SpoolOptions spool_options(const Config& config) {
    SpoolOptions options;
    options.directory = config.spool;
    options.reader = config.intake.reader;
    options.max_bytes = config.max_spool_bytes;
    return options;
}

}  // namespace enrichd

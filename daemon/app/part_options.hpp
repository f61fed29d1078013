// The configuration as the options of the parts, for the start and for a reload.
#pragma once

#include <algorithm>

#include "app/config.hpp"
#include "enrich/domain_check.hpp"
#include "enrich/otx_stage.hpp"
#include "intake/spool.hpp"

namespace enrichd {

inline DomainCheckOptions domain_check_options(const Config& config) {
    DomainCheckOptions options;
    options.error_event_every = config.domain_stats.error_event_every;
    return options;
}

inline OtxStageOptions otx_stage_options(const Config& config) {
    return {config.otx.always, config.otx.retry_for};
}

/// Questions to the domain check in flight. A server has as many connections; the embedded engine asks many
/// registries, each with its own.
inline std::size_t slots_of(const DomainStatsConfig& config) {
    return config.mode == DomainStatsMode::http ? config.connections : 0;
}

/// Memory for as many verdicts as are wanted when they are of the usual size, and a bound when they are not.
inline CacheOptions domain_stats_cache_options(const Config& config) {
    constexpr std::size_t least = 256 * 1024 * 1024;
    constexpr std::size_t each = 1024;
    return {config.cache.entries, std::max(least, each * config.cache.entries)};
}

/// A hit with its pulses is larger, and there are few.
inline CacheOptions otx_cache_options(const Config& config) {
    constexpr std::size_t least = 64 * 1024 * 1024;
    constexpr std::size_t each = 512;
    return {config.cache.entries, std::max(least, each * config.cache.entries)};
}

inline SpoolOptions spool_options(const Config& config) {
    SpoolOptions options;
    options.directory = config.spool;
    options.max_bytes = config.max_spool_bytes;
    return options;
}

}  // namespace enrichd

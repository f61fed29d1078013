// What the section domain_stats of the configuration means to the parts. It was checked: its URLs are some.
#pragma once

#include "net/http_client.hpp"
#include "stages/domain_stats/domain_check.hpp"
#include "stages/domain_stats/domain_stats.hpp"
#include "stages/domain_stats/domain_stats_config.hpp"
#include "stages/domain_stats/embedded/engine.hpp"

namespace enrichd {

HttpClientOptions domain_stats_http(const DomainStatsConfig& config);
DomainStatsOptions domain_stats_options(const DomainStatsConfig& config);
RdapOptions rdap_options(const EmbeddedConfig& config);
EngineOptions engine_options(const EmbeddedConfig& config);
DomainCheckOptions domain_check_options(const DomainStatsConfig& config);

/// Questions in flight. A server has as many connections; the embedded engine asks many registries, each with
/// its own.
std::size_t slots_of(const DomainStatsConfig& config);

/// Memory for so many verdicts when they are of the usual size, and a bound when they are not.
CacheOptions domain_stats_cache_options(std::size_t entries);

}  // namespace enrichd

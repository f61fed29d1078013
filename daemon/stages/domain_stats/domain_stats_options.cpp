#include "stages/domain_stats/domain_stats_options.hpp"

#include <algorithm>

#include "net/upstream_url.hpp"

namespace enrichd {

HttpClientOptions domain_stats_http(const DomainStatsConfig& config) {
    return http_options(config.url, config.connections, config.timeout);
}

DomainStatsOptions domain_stats_options(const DomainStatsConfig& config) {
    const UpstreamUrl url = *parse_upstream_url(config.url);
    return {url.path, config.ask_hostname, authority(url.host, url.port)};
}

RdapOptions rdap_options(const EmbeddedConfig& config) {
    RdapOptions options;
    options.requests_per_hour = config.rdap.requests_per_hour;
    options.connections = config.rdap.connections;
    options.timeout = config.rdap.timeout;
    options.ca_file = config.rdap.ca_file;
    if (!config.rdap.proxy.empty()) options.proxy = *parse_proxy_url(config.rdap.proxy.reveal());
    options.bootstrap_url = parse_upstream_url(config.rdap.bootstrap);
    return options;
}

EngineOptions engine_options(const EmbeddedConfig& config) {
    return {config.scores == ScoresBy::model,
            config.model_fpr,
            config.average_alert,
            config.word_alert,
            {config.established_after, config.rdap.error_ttl}};
}

DomainCheckOptions domain_check_options(const DomainStatsConfig& config) {
    DomainCheckOptions options;
    options.error_event_every = config.error_event_every;
    return options;
}

std::size_t slots_of(const DomainStatsConfig& config) {
    return config.mode == DomainStatsMode::http ? config.connections : 0;
}

CacheOptions domain_stats_cache_options(std::size_t entries) {
    constexpr std::size_t least = 256 * 1024 * 1024;
    constexpr std::size_t each = 1024;
    return {entries, std::max(least, each * entries)};
}

}  // namespace enrichd

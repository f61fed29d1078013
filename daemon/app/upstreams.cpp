#include "app/upstreams.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "net/upstream_url.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

HttpClientOptions http_options(const std::string& url, std::size_t connections,
                               std::chrono::milliseconds timeout) {
    const auto parsed = parse_upstream_url(url);
    HttpClientOptions options;
    options.upstream.host = parsed->host;
    options.upstream.port = parsed->port;
    options.upstream.tls = parsed->tls;
    options.connections = connections;
    options.timeout = timeout;
    return options;
}

}  // namespace

HttpClientOptions domain_stats_http(const DomainStatsConfig& config) {
    return http_options(config.url, config.connections, config.timeout);
}

DomainStatsOptions domain_stats_options(const DomainStatsConfig& config) {
    return {parse_upstream_url(config.url)->path, config.ask_hostname};
}

RdapOptions rdap_options(const EmbeddedConfig& config) {
    RdapOptions options;
    options.requests_per_hour = config.rdap_requests_per_hour;
    options.connections = config.rdap_connections;
    options.timeout = config.rdap_timeout;
    options.ca_file = config.rdap_ca_file;
    if (!config.rdap_proxy.empty()) options.proxy = *parse_proxy_url(config.rdap_proxy.reveal());
    options.bootstrap_url = parse_upstream_url(config.rdap_bootstrap);
    return options;
}

EngineOptions engine_options(const EmbeddedConfig& config) {
    return {config.average_alert, config.word_alert, {config.established_after, config.rdap_error_ttl}};
}

HttpClientOptions otx_http(const OtxConfig& config) {
    HttpClientOptions options = http_options(config.url, config.connections, config.timeout);
    options.upstream.ca_file = config.ca_file;
    if (!config.proxy.empty()) options.upstream.proxy = *parse_proxy_url(config.proxy.reveal());
    options.headers = {{"X-OTX-API-KEY", config.key}};
    options.gzip = true;
    options.idle = 20s;                  // the edge in front of OTX keeps connections longer
    options.max_body = 8 * 1024 * 1024;  // 50 pulses with 2,000 tags each were estimated at 4.1 MB
    return options;
}

OtxOptions otx_options(const OtxConfig& config) {
    return {parse_upstream_url(config.url)->path, config.filter};
}

ReputationOptions reputation_options(const Config& config) {
    ReputationOptions options;
    options.ask.clear();
    // The host name comes first whatever the order: its pulses say more than those of its domain.
    for (const OtxSubject subject : {OtxSubject::hostname, OtxSubject::domain})
        if (std::find(config.otx.ask.begin(), config.otx.ask.end(), label(subject)) != config.otx.ask.end())
            options.ask.push_back(subject);
    options.requests_per_hour = config.otx.requests_per_hour;
    options.at_once = config.otx.connections;
    options.keep_for = config.keep_for;
    // What memory holds is in the state file too, where it must leave room for more suspicious names.
    options.max_questions = std::min(options.max_questions, config.state.max_pending / 4);
    options.max_waiting = std::min(options.max_waiting, config.state.max_pending / 4);
    return options;
}

}  // namespace enrichd

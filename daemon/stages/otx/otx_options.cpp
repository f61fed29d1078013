#include "stages/otx/otx_options.hpp"

#include <algorithm>
#include <chrono>

#include "net/upstream_url.hpp"

namespace enrichd {

using namespace std::chrono_literals;

HttpClientOptions otx_http(const OtxConfig& config) {
    HttpClientOptions options = http_options(config.server.url, config.connections, config.timeout);
    options.upstream.ca_file = config.server.ca_file;
    if (!config.server.proxy.empty()) options.upstream.proxy = *parse_proxy_url(config.server.proxy.reveal());
    options.headers = {{"X-OTX-API-KEY", config.key.secret}};
    options.gzip = true;
    options.idle = 20s;                  // the edge in front of OTX keeps connections longer
    options.max_body = 8 * 1024 * 1024;  // 50 pulses with 2,000 tags each were estimated at 4.1 MB
    return options;
}

OtxOptions otx_options(const OtxConfig& config) {
    return {parse_upstream_url(config.server.url)->path, config.filter};
}

OtxStageOptions otx_stage_options(const OtxConfig& config) {
    return {config.always, config.retry_for};
}

ReputationOptions reputation_options(const OtxConfig& config, const OtxTimes& times,
                                     std::size_t max_pending) {
    ReputationOptions options;
    options.ask.clear();
    // The host name comes first whatever the order: its pulses say more than those of its domain.
    for (const OtxSubject subject : {OtxSubject::hostname, OtxSubject::domain})
        if (std::find(config.ask.begin(), config.ask.end(), label(subject)) != config.ask.end())
            options.ask.push_back(subject);
    options.requests_per_hour = config.requests_per_hour;
    options.asks_for = 2 * config.timeout + std::chrono::seconds(5);
    options.at_once = config.connections;
    options.keep_for = times;
    // What memory holds is in the state file too, where it must leave room for more suspicious names.
    options.max_questions = std::min(options.max_questions, max_pending / 4);
    options.max_waiting = std::min(options.max_waiting, max_pending / 4);
    return options;
}

CacheOptions otx_cache_options(std::size_t entries) {
    constexpr std::size_t least = 64 * 1024 * 1024;
    constexpr std::size_t each = 512;
    return {entries, std::max(least, each * entries)};
}

}  // namespace enrichd

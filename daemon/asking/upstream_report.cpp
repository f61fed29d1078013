#include "asking/upstream_report.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <string_view>

namespace enrichd::upstream_report {
namespace {

/// What ended before a request was written, for lack of somebody who may be asked.
bool never_sent(std::string_view outcome) {
    return outcome == label(errc::registry_rests) || outcome == label(errc::no_registry);
}

}  // namespace

void add_cache(Metrics& metrics, const std::string& provider, const CacheFigures& of,
               std::uint64_t coalesced) {
    const Metrics::Labels name{{"provider", provider}};
    metrics.gauge("cache_entries", "Verdicts in all caches.", of.entries);
    metrics.gauge("cache_bytes", "Memory used by the verdicts in all caches.", of.bytes);
    metrics.gauge("provider_cache_entries", "Verdicts in the cache, by provider.", of.entries, name);
    metrics.gauge("provider_cache_bytes", "Memory used by the verdicts in the cache, by provider.", of.bytes,
                  name);
    metrics.gauge("cache_limit_entries",
                  "Largest allowed number of cached verdicts (cache.entries), by provider.", of.limit, name);
    Metrics::Family& evictions = metrics.family(
        "cache_evictions_total",
        "Verdicts removed from the cache: to make room (full), or because they were too old (expired).",
        Metrics::Type::counter);
    evictions.add(static_cast<double>(of.evicted), {{"provider", provider}, {"reason", "full"}});
    evictions.add(static_cast<double>(of.expired), {{"provider", provider}, {"reason", "expired"}});
    metrics.counter("cache_coalesced_total", "Lookups that joined a request which another alert had started.",
                    coalesced, name);
    Metrics::Family& requests = metrics.family(
        "cache_requests_total", "Cache lookups, by provider and result.", Metrics::Type::counter);
    requests.add(static_cast<double>(of.hits), {{"provider", provider}, {"result", "hit"}});
    requests.add(static_cast<double>(of.misses), {{"provider", provider}, {"result", "miss"}});
}

void add_cache(StatusJson& status, const std::string& provider, const CacheFigures& of) {
    const std::uint64_t asked = of.hits + of.misses;
    StatusJson ratio;
    if (asked > 0) ratio = static_cast<double>(of.hits) / static_cast<double>(asked);
    status["caches"][provider] = {{"entries", of.entries}, {"limit", of.limit},   {"bytes", of.bytes},
                                  {"hits", of.hits},       {"misses", of.misses}, {"hit_ratio", ratio},
                                  {"evicted", of.evicted}};
}

void add_requests(Metrics& metrics, const std::string& provider, const Counters& requests,
                  const Histogram& duration) {
    metrics
        .family("provider_requests_total",
                "Requests to providers, by outcome. Outcomes registry_rests and no_registry were not sent.",
                Metrics::Type::counter)
        .add(requests, "outcome", {{"provider", provider}});
    metrics
        .family("provider_request_duration_seconds",
                "Duration of one request to a provider, including the wait for a connection.",
                Metrics::Type::histogram)
        .add(duration, {{"provider", provider}});
}

void add_questions(Metrics& metrics, const std::string& provider, bool paused, std::size_t questions) {
    const Metrics::Labels name{{"provider", provider}};
    metrics.gauge(
        "provider_breaker_open",
        "1 while requests to the provider are paused and only probes are sent: it is down, limits us or "
        "refuses the key.",
        paused ? 1 : 0, name);
    metrics.gauge("provider_questions", "Names that are queued or in flight at the provider.", questions,
                  name);
}

void add_operators_pause(Metrics& metrics, const std::string& provider, bool paused) {
    metrics.gauge("provider_paused", "1 while an operator has paused the provider, else 0.", paused ? 1 : 0,
                  {{"provider", provider}});
}

void add_in_flight(Metrics& metrics, const std::string& provider, std::size_t count) {
    metrics.gauge("provider_inflight", "Requests in flight, by provider.", count, {{"provider", provider}});
}

void add_pool(Metrics& metrics, const std::string& provider, const HttpClient& http) {
    const Metrics::Labels name{{"provider", provider}};
    const HttpClientCounts& of = http.counts();
    add_in_flight(metrics, provider, http.in_flight());
    metrics.gauge("pool_connections_idle", "Idle connections kept open to the provider.", http.kept(), name);
    metrics.counter("pool_connects_total", "Connections opened to the provider.", of.connects, name);
    metrics.counter("pool_tls_resumed_total", "TLS connections opened with a resumed session.", of.resumed,
                    name);
    metrics.counter("provider_response_bytes_total", "Size of response bodies after decompression.", of.bytes,
                    name);
    metrics.counter("pool_reused_total", "Requests sent over a reused connection.", of.reused, name);
    metrics.counter("pool_repeated_total",
                    "Requests repeated because the server had closed the reused connection.", of.repeated,
                    name);
}

void add_pool(StatusJson& upstream, const HttpClient& http) {
    upstream["in_flight"] = http.in_flight();
    upstream["idle_connections"] = http.kept();
}

void add_open_questions(StatusJson& upstream, std::size_t count, Clock::duration oldest) {
    upstream["questions"] = count;
    upstream["oldest_question_seconds"] = std::chrono::duration<double>(oldest).count();
}

StatusJson upstream(const std::string& provider, const Counters& requests, const Histogram& duration,
                    const std::optional<error>& trouble) {
    Counters sent;
    Counters not_sent;
    for (const auto& [outcome, count] : requests.counts())
        (never_sent(outcome) ? not_sent : sent).add(outcome, count);
    return {{"name", provider},
            {"trouble", trouble ? trouble->message() : ""},
            {"requests", to_json(sent)},
            {"not_sent", to_json(not_sent)},
            {"latency", latency_json(duration)}};
}

void add_life(StatusJson& verdict, Clock::time_point since, Clock::time_point expires,
              Clock::time_point now) {
    const auto seconds = [](Clock::duration duration) {
        return std::chrono::floor<std::chrono::seconds>(duration).count();
    };
    verdict["age_seconds"] = seconds(now - since);
    verdict["expires_in_seconds"] = seconds(expires - now);
}

}  // namespace enrichd::upstream_report

#include "admin/metrics.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <utility>

#include "admin/health.hpp"
#include "admin/metrics_page.hpp"
#include "admin/process.hpp"

namespace enrichd {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using Page = MetricsPage;
using Labels = MetricsPage::Labels;

const Labels domain_stats{{"provider", "domain_stats"}};
const Labels otx{{"provider", "otx"}};
const Labels rdap{{"provider", "rdap"}};

void add_intake(Page& page, const View& view) {
    auto& received = page.family("alerts_received_total",
                                 "Alerts accepted, or rejected for good, by source. An alert that was "
                                 "answered with busy counts when it comes from the spool.",
                                 MetricType::Counter);
    Page::add(received, static_cast<double>(view.intake.counts().received), {{"source", "socket"}});
    Page::add(received, static_cast<double>(view.spool.counts().received), {{"source", "spool"}});
    page.counter("active_responses_received_total", "Lines of active responses accepted from the socket.",
                 static_cast<double>(view.intake.counts().active_responses));
    auto& duplicates = page.family("alerts_duplicate_total",
                                   "Alerts ignored because the same alert was accepted before, by source.",
                                   MetricType::Counter);
    Page::add(duplicates, static_cast<double>(view.intake.counts().duplicates), {{"source", "socket"}});
    Page::add(duplicates, static_cast<double>(view.spool.counts().duplicates), {{"source", "spool"}});
    page.counter("alerts_busy_total",
                 "Alerts answered with \"busy\", so that the shim spools them: the daemon could not store "
                 "them, or was processing a copy.",
                 static_cast<double>(view.intake.counts().busy));
    auto& rejected = page.family("alerts_rejected_total", "Packets, files and alerts rejected, by reason.",
                                 MetricType::Counter);
    Tally all = view.intake.counts().rejected;
    all.add(view.spool.counts().rejected);
    all.add(view.enricher.counts().rejected);
    Page::add(rejected, all, "reason");
    page.gauge("spool_limit_bytes", "Largest allowed size of all spooled alerts (intake.max_spool_bytes).",
               static_cast<double>(view.spool.size().limit()));
    page.gauge("intake_connections", "Open intake connections.",
               static_cast<double>(view.intake.connections()));
    page.gauge("spool_files", "Alert files in the spool, unreadable ones included.",
               static_cast<double>(view.spool.files()));
    page.gauge("spool_bytes", "Size of all spooled alerts.", static_cast<double>(view.spool.size().used()));
    page.counter("spool_refused_total", "Alerts that the shim could not spool because the spool was full.",
                 static_cast<double>(view.spool.size().refused()));
}

void add_state(Page& page, const View& view) {
    const std::size_t deferred = view.journal.waiting(WaitsFor::another_try);
    page.gauge("pending", "Alerts acknowledged and not finished, without the deferred ones.",
               static_cast<double>(view.journal.pending() - std::min(view.journal.pending(), deferred)));
    page.gauge(
        "deferred",
        "Alerts deferred because Domain Stats fails for their domain and answers others; retried every 5 "
        "minutes until domain_stats.retry_for.",
        static_cast<double>(deferred));
    page.gauge("pending_limit", "Largest allowed number of pending alerts and events (state.max_pending).",
               static_cast<double>(view.journal.max_pending()));
    page.gauge("pending_otx",
               "Of these, those that only wait for OTX: half as many again as the limit may, for themselves.",
               static_cast<double>(view.journal.only_for_otx()));
    auto& waiting = page.family(
        "journal_waiting",
        "Pending alerts that wait in the state file and not in memory, by the provider they wait for.",
        MetricType::Gauge);
    Page::add(waiting,
              static_cast<double>(view.journal.waiting(WaitsFor::domain_stats) +
                                  view.journal.waiting(WaitsFor::another_try)),
              domain_stats);
    Page::add(waiting, static_cast<double>(view.journal.waiting(WaitsFor::otx)), otx);
    page.gauge("outbox", "Events that wait for an output.", static_cast<double>(view.outbox.waiting()));
    page.gauge("state_up", "1 while the state file can be written.", view.database.trouble() ? 0 : 1);
    page.counter("state_transactions_total", "Transactions committed to the state file.",
                 static_cast<double>(view.database.counts().transactions));
    page.counter("state_writes_total",
                 "Write operations committed to the state file; one transaction holds many.",
                 static_cast<double>(view.database.counts().works));
    page.gauge("state_writes_waiting", "Write operations that wait for their transaction.",
               static_cast<double>(view.database.waiting()));
    auto& errors = page.family("state_errors_total", "Failed transactions on the state file, by reason.",
                               MetricType::Counter);
    Page::add(errors, view.database.counts().errors, "reason");
}

void add_enricher(Page& page, const View& view) {
    auto& gated = page.family("alerts_gated_total",
                              "Alerts filtered because their name must not be looked up, by reason.",
                              MetricType::Counter);
    Page::add(gated, view.enricher.counts().gated, "reason");
    page.counter("alerts_finished_total", "Alerts finished.",
                 static_cast<double>(view.enricher.counts().finished));
    auto& duration = page.family("alert_duration_seconds", "Time from accepting an alert to finishing it.",
                                 MetricType::Histogram);
    Page::add(duration, view.enricher.counts().duration, {});
}

/// One sample for each provider that is on.
template <class Value>
void per_provider(Page& page, const View& view, std::string name, std::string help, MetricType type,
                  Value value) {
    MetricFamily& family = page.family(std::move(name), std::move(help), type);
    if (view.domain_stats.verdicts)
        Page::add(family, static_cast<double>(value(view.domain_stats)), domain_stats);
    if (view.otx.reputation) Page::add(family, static_cast<double>(value(view.otx)), otx);
}

std::uint64_t joined(const DomainStatsView& of) {
    return of.verdicts->counts().joined;
}
std::uint64_t joined(const OtxView& of) {
    return of.reputation->counts().joined;
}

void add_caches(Page& page, const View& view) {
    std::size_t entries = 0;
    std::size_t bytes = 0;
    const auto count = [&](const auto& of) {
        entries += of.cache->size();
        bytes += of.cache->bytes();
    };
    if (view.domain_stats.verdicts) count(view.domain_stats);
    if (view.otx.reputation) count(view.otx);
    page.gauge("cache_entries", "Verdicts in all caches.", static_cast<double>(entries));
    page.gauge("cache_bytes", "Memory used by the verdicts in all caches.", static_cast<double>(bytes));
    per_provider(page, view, "provider_cache_entries", "Verdicts in the cache, by provider.",
                 MetricType::Gauge, [](const auto& of) { return of.cache->size(); });
    per_provider(page, view, "provider_cache_bytes", "Memory used by the verdicts in the cache, by provider.",
                 MetricType::Gauge, [](const auto& of) { return of.cache->bytes(); });
    per_provider(page, view, "cache_limit_entries",
                 "Largest allowed number of cached verdicts (cache.entries), by provider.", MetricType::Gauge,
                 [](const auto& of) { return of.cache->options().entries; });
    auto& evictions = page.family(
        "cache_evictions_total",
        "Verdicts removed from the cache: to make room (full), or because they were too old (expired).",
        MetricType::Counter);
    const auto evicted = [&](const auto& of, const char* provider) {
        Page::add(evictions, static_cast<double>(of.cache->evicted()),
                  {{"provider", provider}, {"reason", "full"}});
        Page::add(evictions, static_cast<double>(of.cache->expired()),
                  {{"provider", provider}, {"reason", "expired"}});
    };
    if (view.domain_stats.verdicts) evicted(view.domain_stats, "domain_stats");
    if (view.otx.reputation) evicted(view.otx, "otx");
    per_provider(page, view, "cache_coalesced_total",
                 "Lookups that joined a request which another alert had started.", MetricType::Counter,
                 [](const auto& of) { return joined(of); });
    auto& requests =
        page.family("cache_requests_total", "Cache lookups, by provider and result.", MetricType::Counter);
    const auto add = [&](const auto& of, const Labels& provider) {
        for (const bool hit : {true, false}) {
            Labels labels = provider;
            labels.push_back({"result", hit ? "hit" : "miss"});
            Page::add(requests, static_cast<double>(hit ? of.cache->hits() : of.cache->misses()), labels);
        }
    };
    if (view.domain_stats.verdicts) add(view.domain_stats, domain_stats);
    if (view.otx.reputation) add(view.otx, otx);
}

const VerdictsCounts& counts(const DomainStatsView& of) {
    return of.verdicts->counts();
}
const ReputationCounts& counts(const OtxView& of) {
    return of.reputation->counts();
}
bool not_asked(const DomainStatsView& of) {
    return of.verdicts->away();
}
bool not_asked(const OtxView& of) {
    return of.reputation->held_back();
}
std::size_t questions(const DomainStatsView& of) {
    return of.verdicts->questions();
}
std::size_t questions(const OtxView& of) {
    return of.reputation->questions();
}

void add_providers(Page& page, const View& view) {
    auto& requests = page.family(
        "provider_requests_total",
        "Requests to providers, by outcome. Outcomes registry_rests and no_registry were not sent.",
        MetricType::Counter);
    auto& duration = page.family(
        "provider_request_duration_seconds",
        "Duration of one request to a provider, including the wait for a connection.", MetricType::Histogram);
    const auto add = [&](const auto& of, const Labels& provider) {
        Page::add(requests, counts(of).requests, "outcome", provider);
        Page::add(duration, counts(of).duration, provider);
    };
    if (view.domain_stats.verdicts) add(view.domain_stats, domain_stats);
    if (view.otx.reputation) add(view.otx, otx);
    if (const Rdap* registries = view.domain_stats.rdap) {
        Page::add(requests, registries->counts().requests, "outcome", rdap);
        Page::add(duration, registries->counts().duration, rdap);
    }
    const auto gauge = [&](const char* name, const char* help, auto value) {
        per_provider(page, view, name, help, MetricType::Gauge, value);
    };
    gauge("provider_breaker_open",
          "1 while requests to the provider are paused and only probes are sent: it is down, limits us or "
          "refuses the key.",
          [](const auto& of) { return not_asked(of) ? 1 : 0; });
    gauge("provider_questions", "Names that are queued or in flight at the provider.",
          [](const auto& of) { return questions(of); });
}

/// Of the pools of connections, one for each provider that has one upstream.
void add_pools(Page& page, const View& view) {
    const auto add = [&](const char* name, const char* help, MetricType type, auto value) {
        MetricFamily& family = page.family(name, help, type);
        if (const HttpClient* http = view.domain_stats.http)
            Page::add(family, static_cast<double>(value(*http)), domain_stats);
        if (const HttpClient* http = view.otx.http) Page::add(family, static_cast<double>(value(*http)), otx);
        return &family;
    };
    MetricFamily* const inflight =
        add("provider_inflight", "Requests in flight, by provider.", MetricType::Gauge,
            [](const HttpClient& http) { return http.in_flight(); });
    if (const Rdap* registries = view.domain_stats.rdap)
        Page::add(*inflight, static_cast<double>(registries->in_flight()), rdap);
    add("pool_connections_idle", "Idle connections kept open to the provider.", MetricType::Gauge,
        [](const HttpClient& http) { return http.kept(); });
    const auto counter = [&](const char* name, const char* help, auto value) {
        add(name, help, MetricType::Counter,
            [value](const HttpClient& http) { return value(http.counts()); });
    };
    using Counts = HttpClientCounts;
    counter("pool_connects_total", "Connections opened to the provider.",
            [](const Counts& of) { return of.connects; });
    counter("pool_tls_resumed_total", "TLS connections opened with a resumed session.",
            [](const Counts& of) { return of.resumed; });
    counter("provider_response_bytes_total", "Size of response bodies after decompression.",
            [](const Counts& of) { return of.bytes; });
    counter("pool_reused_total", "Requests sent over a reused connection.",
            [](const Counts& of) { return of.reused; });
    counter("pool_repeated_total", "Requests repeated because the server had closed the reused connection.",
            [](const Counts& of) { return of.repeated; });
}

void add_domain_stats(Page& page, const DomainStatsView& of) {
    page.counter("first_contacts_recovered_total",
                 "First contacts recovered although the first answer was lost.",
                 static_cast<double>(of.verdicts->counts().recovered_first_contacts));
    if (of.domains)
        page.gauge("domains_seen", "Domains in the memory of domains ever queried.",
                   static_cast<double>(of.domains->size()));
    if (of.engine)
        page.gauge("domains_known", "Domains in the list domain_stats.embedded.known.",
                   static_cast<double>(of.engine->known().size()));
    if (of.open_ages)
        page.gauge("open_ages",
                   "Domains whose registry could not be asked for their age, and is asked again for a day.",
                   static_cast<double>(of.open_ages->size()));
    if (of.rdap)
        page.gauge("rdap_registries_resting", "Registries to which requests are paused.",
                   static_cast<double>(of.rdap->resting()));
    if (!of.server) return;
    auto& served = page.family("served_requests_total",
                               "Requests to the HTTP interface that serves Domain Stats' API, by result.",
                               MetricType::Counter);
    Page::add(served, of.server->requests(), "result");
    page.gauge("served_connections", "Open connections to the HTTP interface that serves Domain Stats' API.",
               static_cast<double>(of.connections->connections()));
    page.counter("served_connections_refused_total",
                 "Connections to the HTTP interface of Domain Stats' API closed because there were too many.",
                 static_cast<double>(of.connections->counts().turned_away));
}

void add_otx(Page& page, const Reputation& reputation, const Journal& journal) {
    page.gauge("otx_quota_left",
               "Requests to OTX that otx.requests_per_hour allows now. While enrichd_provider_breaker_open "
               "is 1 none is sent.",
               static_cast<double>(reputation.quota_left()));
    auto& dropped = page.family("otx_dropped_total", "Names given up without an answer of OTX, by reason.",
                                MetricType::Counter);
    Tally all = reputation.counts().dropped;
    all.add(journal.dropped());
    Page::add(dropped, all, "reason");
}

void add_outputs(Page& page, const Outputs& outputs) {
    auto& sent = page.family("events_sent_total", "Events written, by output and kind.", MetricType::Counter);
    for (const Lane& lane : outputs.lanes())
        Page::add(sent, lane.sent(), "kind", {{"output", std::string(lane.name())}});
    auto& up = page.family("output_up", "1 while the output accepts events.", MetricType::Gauge);
    for (const Lane& lane : outputs.lanes())
        Page::add(up, lane.trouble() ? 0 : 1, {{"output", std::string(lane.name())}});
    auto& errors =
        page.family("output_errors_total", "Failed attempts to write an event, by output and reason.",
                    MetricType::Counter);
    for (const Lane& lane : outputs.lanes())
        Page::add(errors, lane.errors(), "reason", {{"output", std::string(lane.name())}});
}

void add_checks(Page& page, const View& view) {
    auto& status = page.family(
        "check_status", "Health of each part as on /healthz: 0 ok, 1 degraded, 2 down.", MetricType::Gauge);
    for (const Check& check : run_checks(view))
        Page::add(status, static_cast<double>(check.health), {{"check", std::string(check.name)}});
}

void add_operation(Page& page, const View& view) {
    const Reloads& of = view.reloads;
    page.gauge("config_last_reload_successful",
               "1 if the last reload of the configuration succeeded, else 0.", of.last_good ? 1 : 0);
    page.gauge("config_last_reload_success_timestamp_seconds",
               "Unix time of the last successful load of the configuration.",
               static_cast<double>(of.last_success.time_since_epoch().count()));
    auto& reloads =
        page.family("config_reloads_total", "Reloads of the configuration, by result.", MetricType::Counter);
    Page::add(reloads, static_cast<double>(of.good), {{"result", "ok"}});
    Page::add(reloads, static_cast<double>(of.failed), {{"result", "failed"}});
    auto& control = page.family("control_requests_total", "Requests on the admin socket, by verb and result.",
                                MetricType::Counter);
    for (const auto& [verb, results] : view.control.requests)
        Page::add(control, results, "result", {{"verb", std::string(verb)}});
}

/// Named as every Prometheus client names them.
void add_process(Page& page, const View& view) {
    const ProcessFigures now = process_figures();
    const auto add = [&](const char* name, const char* help, double value,
                         MetricType type = MetricType::Gauge) {
        Page::add(page.foreign_family(name, help, type), value, {});
    };
    add("process_resident_memory_bytes", "Resident memory.", static_cast<double>(now.resident_bytes));
    add("process_virtual_memory_bytes", "Virtual memory.", static_cast<double>(now.virtual_bytes));
    add("process_cpu_seconds_total", "User and system CPU time.", now.cpu_seconds, MetricType::Counter);
    add("process_open_fds", "Open file descriptors.", static_cast<double>(now.open_files));
    add("process_max_fds", "Largest allowed number of open file descriptors.",
        static_cast<double>(now.max_files));
    add("process_threads", "Number of threads.", static_cast<double>(now.threads));
    const std::chrono::duration<double> started = view.started.time_since_epoch();
    add("process_start_time_seconds", "Unix time at which the process started.", std::floor(started.count()));
}

}  // namespace

std::string metrics_text(const View& view) {
    Page page;
    page.gauge("build_info", "Always 1; the label is the version.", 1,
               {{"version", std::string(view.version)}});
    const std::chrono::duration<double> started = view.started.time_since_epoch();
    page.gauge("start_time_seconds", "Unix time at which the daemon started.", std::floor(started.count()));
    add_intake(page, view);
    add_state(page, view);
    add_enricher(page, view);
    add_caches(page, view);
    add_providers(page, view);
    add_pools(page, view);
    if (view.domain_stats.verdicts) add_domain_stats(page, view.domain_stats);
    if (view.otx.reputation) add_otx(page, *view.otx.reputation, view.journal);
    add_outputs(page, view.outputs);
    add_checks(page, view);
    add_operation(page, view);
    page.counter(
        "task_failures_total", "Internal tasks that ended with an exception; each is a bug.",
        static_cast<double>(view.work.failures() + view.services.failures() + view.clients.failures()));
    add_process(page, view);
    return page.text();
}

}  // namespace enrichd

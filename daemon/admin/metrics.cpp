#include "admin/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace enrichd {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

constexpr const char* domain_stats = "domain_stats";

/// Collects families in the order in which they are named.
class Page {
  public:
    MetricFamily& family(std::string name, std::string help, MetricType type) {
        families_.push_back({"enrichd_" + std::move(name), std::move(help), type, {}});
        return families_.back();
    }
    void gauge(std::string name, std::string help, double value, Labels labels = {}) {
        add(family(std::move(name), std::move(help), MetricType::Gauge), value, std::move(labels));
    }
    void counter(std::string name, std::string help, double value, Labels labels = {}) {
        add(family(std::move(name), std::move(help), MetricType::Counter), value, std::move(labels));
    }
    static void add(MetricFamily& family, double value, Labels labels) {
        ClientMetric metric;
        metric.label = std::move(labels);
        (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
        family.metric.push_back(std::move(metric));
    }
    static void add(MetricFamily& family, const Tally& tally, const std::string& label,
                    const Labels& more = {}) {
        for (const auto& [value, count] : tally.counts()) {
            Labels labels{{label, std::string(value)}};
            labels.insert(labels.end(), more.begin(), more.end());
            add(family, static_cast<double>(count), std::move(labels));
        }
    }
    void histogram(std::string name, std::string help, const Histogram& values, Labels labels = {}) {
        ClientMetric metric;
        metric.label = std::move(labels);
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < values.counts().size(); ++i) {
            sum += values.counts()[i];
            const bool last = i == Histogram::bounds.size();
            metric.histogram.bucket.push_back(
                {sum, last ? std::numeric_limits<double>::infinity() : Histogram::bounds[i]});
        }
        metric.histogram.sample_count = sum;
        metric.histogram.sample_sum = values.sum();
        family(std::move(name), std::move(help), MetricType::Histogram).metric.push_back(std::move(metric));
    }
    std::string text() const {
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return out.str();
    }

  private:
    std::vector<MetricFamily> families_;
};

void add_intake(Page& page, const View& view) {
    auto& received = page.family("alerts_received_total", "Alerts taken, by way in.", MetricType::Counter);
    Page::add(received, static_cast<double>(view.intake.counts().received), {{"source", "socket"}});
    Page::add(received, static_cast<double>(view.spool.counts().received), {{"source", "spool"}});
    auto& duplicates = page.family("alerts_duplicate_total", "Alerts that had been taken before, by way in.",
                                   MetricType::Counter);
    Page::add(duplicates, static_cast<double>(view.intake.counts().duplicates), {{"source", "socket"}});
    Page::add(duplicates, static_cast<double>(view.spool.counts().duplicates), {{"source", "spool"}});
    page.counter("alerts_busy_total", "Alerts sent away to be spooled because too many were unfinished.",
                 static_cast<double>(view.intake.counts().busy));
    auto& rejected = page.family("alerts_rejected_total", "Packets, files and alerts refused, by reason.",
                                 MetricType::Counter);
    Tally all = view.intake.counts().rejected;
    all.add(view.spool.counts().rejected);
    all.add(view.enricher.counts().rejected);
    Page::add(rejected, all, "reason");
    page.gauge("intake_connections", "Open intake connections.",
               static_cast<double>(view.intake.connections()));
    page.gauge("spool_files", "Spooled alerts found and not finished.",
               static_cast<double>(view.spool.files()));
    page.gauge("pending", "Alerts acknowledged and not finished.",
               static_cast<double>(view.unfinished.size()));
}

void add_enricher(Page& page, const View& view) {
    auto& gated = page.family("alerts_gated_total", "Alerts whose name must not be looked up, by reason.",
                              MetricType::Counter);
    Page::add(gated, view.enricher.counts().gated, "reason");
    page.counter("alerts_finished_total", "Alerts brought to their end.",
                 static_cast<double>(view.enricher.counts().finished));
    page.histogram("alert_duration_seconds", "From an alert taken to its end.",
                   view.enricher.counts().duration);
    page.gauge("cache_entries", "Verdicts in the cache.", static_cast<double>(view.cache.size()));
    page.gauge("cache_bytes", "Memory of the verdicts in the cache.",
               static_cast<double>(view.cache.bytes()));
    auto& requests = page.family("cache_requests_total", "Questions to the cache.", MetricType::Counter);
    Page::add(requests, static_cast<double>(view.cache.hits()),
              {{"provider", domain_stats}, {"result", "hit"}});
    Page::add(requests, static_cast<double>(view.cache.misses()),
              {{"provider", domain_stats}, {"result", "miss"}});
}

void add_provider(Page& page, const Verdicts& verdicts, const HttpClient& http) {
    const Labels labels{{"provider", domain_stats}};
    auto& requests = page.family("provider_requests_total", "Tries, by outcome.", MetricType::Counter);
    Page::add(requests, verdicts.counts().requests, "outcome", labels);
    page.histogram("provider_request_duration_seconds", "Of one try, waiting for a connection included.",
                   verdicts.counts().duration, labels);
    page.gauge("provider_breaker_open", "1 while the provider is away and only probed.",
               verdicts.away() ? 1 : 0, labels);
    page.gauge("provider_questions", "Domains asked for and not answered.",
               static_cast<double>(verdicts.questions()), labels);
    page.counter("first_contacts_recovered_total", "First contacts whose first answer was lost.",
                 static_cast<double>(verdicts.counts().recovered_first_contacts));
    page.gauge("provider_inflight", "Requests on the wire.", static_cast<double>(http.in_flight()), labels);
    page.gauge("pool_connections_idle", "Kept connections.", static_cast<double>(http.kept()), labels);
    page.counter("pool_connects_total", "Connections opened.", static_cast<double>(http.counts().connects),
                 labels);
    page.counter("pool_reused_total", "Requests over a kept connection.",
                 static_cast<double>(http.counts().reused), labels);
    page.counter("pool_repeated_total", "Requests repeated because a kept connection had been closed.",
                 static_cast<double>(http.counts().repeated), labels);
}

void add_outputs(Page& page, const Outputs& outputs) {
    auto& sent = page.family("events_sent_total", "Events written.", MetricType::Counter);
    for (const Lane& lane : outputs.lanes())
        Page::add(sent, lane.sent(), "kind", {{"output", std::string(lane.name())}});
    auto& errors = page.family("output_errors_total", "Failed tries to write an event.", MetricType::Counter);
    for (const Lane& lane : outputs.lanes())
        Page::add(errors, lane.errors(), "reason", {{"output", std::string(lane.name())}});
    std::size_t waiting = 0;
    for (const Lane& lane : outputs.lanes()) waiting += lane.waiting();
    page.gauge("outbox", "Events that wait for an output.", static_cast<double>(waiting));
}

}  // namespace

std::string metrics_text(const View& view) {
    Page page;
    page.gauge("build_info", "1, labelled by version.", 1, {{"version", std::string(view.version)}});
    const std::chrono::duration<double> started = view.started.time_since_epoch();
    page.gauge("start_time_seconds", "When the daemon started, Unix time.", std::floor(started.count()));
    add_intake(page, view);
    add_enricher(page, view);
    if (view.verdicts && view.http) add_provider(page, *view.verdicts, *view.http);
    add_outputs(page, view.outputs);
    page.counter("task_failures_total", "Coroutines that ended by an exception; each is a bug.",
                 static_cast<double>(view.work.failures() + view.services.failures()));
    return page.text();
}

}  // namespace enrichd

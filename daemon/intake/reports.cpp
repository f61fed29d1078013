#include "intake/reports.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <utility>

#include "pipeline/pipeline_report.hpp"

namespace enrichd {
namespace {

void add_source(Metrics& metrics, const char* source, const SourceCounts& counts) {
    metrics.counter("alerts_received_total",
                    "Alerts accepted, or rejected for good, by source. An alert that was answered with busy "
                    "counts when it comes from the spool.",
                    counts.received, {{"source", source}});
    metrics.counter("alerts_duplicate_total",
                    "Alerts ignored because the same alert was accepted before, by source.",
                    counts.duplicates, {{"source", source}});
    add_rejected(metrics, counts.rejected);
}

void add_source(StatusJson& status, const char* source, const SourceCounts& counts) {
    StatusJson& alerts = status["alerts"];
    alerts["received"][source] = counts.received;
    alerts["duplicates"] = alerts.value("duplicates", std::uint64_t{0}) + counts.duplicates;
}

void add_source(Totals& totals, const SourceCounts& counts) {
    totals.received += counts.received;
    totals.rejected.add(counts.rejected);
}

}  // namespace

void IntakeReport::add_metrics(Metrics& metrics) const {
    add_source(metrics, "socket", intake_.counts());
    metrics.counter("active_responses_received_total", "Lines of active responses accepted from the socket.",
                    intake_.counts().active_responses);
    metrics.counter("alerts_busy_total",
                    "Alerts answered with \"busy\", so that the shim spools them: the daemon could not store "
                    "them, or was processing a copy.",
                    intake_.counts().busy);
    metrics.gauge("intake_connections", "Open intake connections.", intake_.connections());
}

void IntakeReport::add_status(StatusJson& status) const {
    add_source(status, "socket", intake_.counts());
    status["alerts"]["busy"] = intake_.counts().busy;
}

void IntakeReport::add_checks(std::vector<Check>& checks) const {
    Check one{"intake"};
    one.advice = "The shim spools alerts meanwhile. See the checks of outputs and upstreams, and the log.";
    const auto refusal = journal_.refusal();
    if (!intake_.listening()) {
        one.health = Health::down;
        one.detail = "the socket does not accept alerts";
    } else if (!trouble_.empty()) {
        one.health = Health::degraded;
        one.detail = trouble_;
    } else if (refusal == errc::journal_full) {
        one.health = Health::degraded;
        one.detail = refusal->message() + "; new ones are spooled";
    }
    checks.push_back(std::move(one));
}

void IntakeReport::add_totals(Totals& totals) const {
    add_source(totals, intake_.counts());
}

void SpoolReport::add_metrics(Metrics& metrics) const {
    add_source(metrics, "spool", spool_.counts());
    metrics.gauge("spool_limit_bytes", "Largest allowed size of all spooled alerts (intake.max_spool_bytes).",
                  spool_.size().limit());
    metrics.gauge("spool_files", "Alert files in the spool, unreadable ones included.", spool_.files());
    metrics.gauge("spool_bytes", "Size of all spooled alerts.", spool_.size().used());
    metrics.counter("spool_refused_total", "Alerts that the shim could not spool because the spool was full.",
                    spool_.size().refused());
}

void SpoolReport::add_status(StatusJson& status) const {
    add_source(status, "spool", spool_.counts());
    status["spool"] = {{"files", spool_.files()},
                       {"bytes", spool_.size().used()},
                       {"limit_bytes", spool_.size().limit()},
                       {"refused", spool_.size().refused()}};
}

void SpoolReport::add_checks(std::vector<Check>& checks) const {
    Check one{"spool"};
    one.advice = "Find out why alerts are not taken out of intake.spool, or raise intake.max_spool_bytes.";
    if (const auto& trouble = spool_.trouble()) {
        one.health = Health::degraded;
        one.detail = trouble->message();
    } else if (spool_.refuses()) {
        one.health = Health::down;
        one.detail = "as large as intake.max_spool_bytes allows: alerts are refused and lost";
    } else if (spool_.full()) {
        one.health = Health::degraded;
        one.detail = "nearly as large as intake.max_spool_bytes allows";
    }
    checks.push_back(std::move(one));
}

void SpoolReport::add_totals(Totals& totals) const {
    add_source(totals, spool_.counts());
}

void ServedReport::add_metrics(Metrics& metrics) const {
    metrics
        .family("served_requests_total",
                "Requests to the HTTP interface that serves Domain Stats' API, by result.",
                Metrics::Type::counter)
        .add(server_.requests(), "result");
    metrics.gauge("served_connections",
                  "Open connections to the HTTP interface that serves Domain Stats' API.",
                  connections_.connections());
    metrics.counter(
        "served_connections_refused_total",
        "Connections to the HTTP interface of Domain Stats' API closed because there were too many.",
        connections_.counts().turned_away);
}

}  // namespace enrichd

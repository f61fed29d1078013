#include "pipeline/pipeline_report.hpp"

#include <nlohmann/json.hpp>

namespace enrichd {

void add_rejected(Metrics& metrics, const Counters& by_reason) {
    metrics
        .family("alerts_rejected_total", "Packets, files and alerts rejected, by reason.",
                Metrics::Type::counter)
        .add(by_reason, "reason");
}

void PipelineReport::add_metrics(Metrics& metrics) const {
    const PipelineCounts& counts = pipeline_.counts();
    add_rejected(metrics, counts.rejected);
    metrics
        .family("alerts_gated_total", "Alerts filtered because their name must not be looked up, by reason.",
                Metrics::Type::counter)
        .add(counts.gated, "reason");
    metrics
        .family("findings_total", "Findings of alerts, by kind, whether they gave an event or not.",
                Metrics::Type::counter)
        .add(counts.findings, "kind");
    metrics
        .family("events_suppressed_total", "Events that the policy left out, by reason.",
                Metrics::Type::counter)
        .add(counts.suppressed, "reason");
    metrics.counter("alerts_finished_total", "Alerts finished.", counts.finished);
    metrics.counter(
        "contacts_not_noted_total",
        "Alerts whose agent was not counted for their domain, because the state file took no more.",
        counts.contacts_not_noted);
    metrics
        .family("alert_duration_seconds", "Time from accepting an alert to finishing it.",
                Metrics::Type::histogram)
        .add(counts.duration);
}

void PipelineReport::add_status(StatusJson& status) const {
    status["alerts"]["finished"] = pipeline_.counts().finished;
    status["alerts"]["suppressed"] = to_json(pipeline_.counts().suppressed);
    status["alerts"]["selftests"] = pipeline_.self_tests().count();
    status["alerts"]["latency"] = latency_json(pipeline_.counts().duration);
}

void PipelineReport::add_totals(Totals& totals) const {
    totals.finished += pipeline_.counts().finished;
    totals.duration = pipeline_.counts().duration;
    totals.rejected.add(pipeline_.counts().rejected);
    totals.gated.add(pipeline_.counts().gated);
    totals.findings.add(pipeline_.counts().findings);
}

}  // namespace enrichd

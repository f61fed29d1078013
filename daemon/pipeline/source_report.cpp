#include "pipeline/source_report.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "pipeline/pipeline_report.hpp"

namespace enrichd::source_report {

void add(Metrics& metrics, const SourceCounts& counts) {
    metrics.counter("alerts_received_total",
                    "Alerts accepted, or rejected for good, by source. An alert that was answered with busy "
                    "counts when it comes from the spool.",
                    counts.received, {{"source", std::string(counts.source)}});
    metrics.counter("alerts_duplicate_total",
                    "Alerts ignored because the same alert was accepted before, by source.",
                    counts.duplicates, {{"source", std::string(counts.source)}});
    add_rejected(metrics, counts.rejected);
}

void add(StatusJson& status, const SourceCounts& counts) {
    StatusJson& alerts = status["alerts"];
    alerts["received"][std::string(counts.source)] = counts.received;
    alerts["duplicates"] = alerts.value("duplicates", std::uint64_t{0}) + counts.duplicates;
}

void add(Totals& totals, const SourceCounts& counts) {
    totals.received += counts.received;
    totals.rejected.add(counts.rejected);
}

}  // namespace enrichd::source_report

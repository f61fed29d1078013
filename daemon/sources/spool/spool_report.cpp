#include "sources/spool/spool_report.hpp"

#include <nlohmann/json.hpp>

#include <utility>

#include "pipeline/source_report.hpp"

namespace enrichd {

void SpoolReport::add_metrics(Metrics& metrics) const {
    source_report::add(metrics, spool_.counts());
    metrics.gauge("spool_limit_bytes", "Largest allowed size of all spooled alerts (intake.max_spool_bytes).",
                  spool_.size().limit());
    metrics.gauge("spool_files", "Alert files in the spool, unreadable ones included.", spool_.files());
    metrics.gauge("spool_bytes", "Size of all spooled alerts.", spool_.size().used());
    metrics.counter("spool_refused_total",
                    "Alerts that the shim could not spool because the spool or its disk was full.",
                    spool_.size().refused());
}

void SpoolReport::add_status(StatusJson& status) const {
    source_report::add(status, spool_.counts());
    status["spool"] = {{"files", spool_.files()},
                       {"bytes", spool_.size().used()},
                       {"limit_bytes", spool_.size().limit()},
                       {"refused", spool_.size().refused()}};
}

void SpoolReport::add_checks(std::vector<Check>& checks) const {
    Check one{"spool"};
    one.advice = "Find out why alerts are not taken out of intake.spool, or raise intake.max_spool_bytes.";
    one.runbook =
        spool_.refuses() || spool_.cannot_be_written() ? "EnrichdAlertsLost" : "EnrichdSpoolNearFull";
    if (const auto& trouble = spool_.trouble()) {
        one.health = Health::degraded;
        one.detail = trouble->message();
    } else if (spool_.refuses()) {
        one.health = Health::down;
        one.detail = "as large as intake.max_spool_bytes allows: alerts are refused and lost";
    } else if (spool_.cannot_be_written()) {
        one.health = Health::down;
        one.detail =
            "the shim could not write into the spool in the last minute: alerts are lost; is its disk full?";
        one.advice =
            "Free space on the disk of intake.spool, or fix its rights; then enrichd replay with the day's "
            "alerts.json. This ends a minute after the last alert that was lost.";
    } else if (spool_.full()) {
        one.health = Health::degraded;
        one.detail = "nearly as large as intake.max_spool_bytes allows";
    }
    checks.push_back(std::move(one));
}

void SpoolReport::add_totals(Totals& totals) const {
    source_report::add(totals, spool_.counts());
}

}  // namespace enrichd

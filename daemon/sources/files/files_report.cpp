#include "sources/files/files_report.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "pipeline/source_report.hpp"

namespace enrichd {
namespace {

double seconds(Clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

void FilesReport::add_metrics(Metrics& metrics) const {
    if (files_.all().empty()) return;
    source_report::add(metrics, files_.counts());
    for (const auto& file : files_.all()) {
        const Metrics::Labels label{{"file", file->name()}};
        metrics
            .family("file_lines_total",
                    "Lines of followed files by what became of them: taken, duplicate, no_name, torn, or why "
                    "they were "
                    "rejected.",
                    Metrics::Type::counter)
            .add(file->results(), "result", label);
        Metrics::Family& lag_bytes =
            metrics.family("file_lag_bytes", "Bytes that are written to a followed file and not read yet.",
                           Metrics::Type::gauge);
        if (const auto lag = file->lag_bytes()) lag_bytes.add(static_cast<double>(*lag), label);
        metrics.gauge("file_lag_seconds",
                      "Time since the end of a followed file was reached last; 0 when it is there.",
                      seconds(file->lag()), label);
        metrics.counter("file_gaps_total", "Times that a followed file went away before its end was read.",
                        file->gaps(), label);
        metrics.counter("file_truncations_total", "Times that a followed file was emptied and written anew.",
                        file->truncations(), label);
    }
}

void FilesReport::add_status(StatusJson& status) const {
    if (files_.all().empty()) return;
    source_report::add(status, files_.counts());
    StatusJson& list = status["files"] = StatusJson::array();
    for (const auto& file : files_.all()) {
        StatusJson one{{"file", file->name()}};
        const std::string trouble = file->trouble();
        one["state"] = !file->current()                   ? "waiting"
                       : file->lag() == Clock::duration() ? "at the end"
                                                          : "reading";
        if (!trouble.empty()) one["trouble"] = trouble;
        one["reads"] = file->current() ? StatusJson(file->current()->path()) : StatusJson();
        one["offset"] = file->offset();
        const auto lag = file->lag_bytes();
        one["lag_bytes"] = lag ? StatusJson(*lag) : StatusJson();
        one["lag_seconds"] = seconds(file->lag());
        one["lines"] = to_json(file->results());
        one["gaps"] = file->gaps();
        one["truncations"] = file->truncations();
        list.push_back(std::move(one));
    }
}

void FilesReport::add_checks(std::vector<Check>& checks) const {
    if (files_.all().empty()) return;
    Check one{"files"};
    one.advice = "See enrichd status, and docs/operations.md, \"Followed files\".";
    one.runbook = "EnrichdFileLags";
    for (const auto& file : files_.all()) {
        const std::string trouble = file->trouble();
        if (trouble.empty()) continue;
        one.health = std::max(one.health, file->held_up() ? Health::down : Health::degraded);
        one.detail.append(one.detail.empty() ? "" : "; ").append(file->name()).append(": ").append(trouble);
    }
    checks.push_back(std::move(one));
}

void FilesReport::add_totals(Totals& totals) const {
    source_report::add(totals, files_.counts());
}

}  // namespace enrichd

#include "outputs/outputs_report.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace enrichd {

void OutputsReport::add_metrics(Metrics& metrics) const {
    Metrics::Family& sent =
        metrics.family("events_sent_total", "Events written, by output and kind.", Metrics::Type::counter);
    Metrics::Family& up =
        metrics.family("output_up", "1 while the output accepts events.", Metrics::Type::gauge);
    Metrics::Family& errors =
        metrics.family("output_errors_total", "Failed attempts to write an event, by output and reason.",
                       Metrics::Type::counter);
    for (const Lane& lane : outputs_.lanes()) {
        const Metrics::Labels name{{"output", std::string(lane.name())}};
        sent.add(lane.sent(), "kind", name);
        up.add(lane.trouble() ? 0 : 1, name);
        errors.add(lane.errors(), "reason", name);
    }
}

void OutputsReport::add_status(StatusJson& status) const {
    for (const Lane& lane : outputs_.lanes())
        status["outputs"].push_back({{"name", lane.name()},
                                     {"trouble", lane.trouble() ? lane.trouble()->message() : ""},
                                     {"sent", to_json(lane.sent())},
                                     {"errors", to_json(lane.errors())},
                                     {"waiting", lane.waiting()}});
}

/// Events wait in the state file; only when that fails too they cannot be reported.
void OutputsReport::add_checks(std::vector<Check>& checks) const {
    for (const Lane& lane : outputs_.lanes()) {
        Check one{std::string(lane.name())};
        one.advice = lane.advice();
        one.runbook = "EnrichdOutputDown";
        one.address = lane.address();
        if (const auto& trouble = lane.trouble()) {
            const bool kept = trouble == errc::output_full || !journal_.refusal();
            one.health = kept ? Health::degraded : Health::down;
            one.detail = trouble->message();
        }
        checks.push_back(std::move(one));
    }
}

void OutputsReport::add_totals(Totals& totals) const {
    for (const Lane& lane : outputs_.lanes()) totals.events += lane.sent().total();
}

}  // namespace enrichd

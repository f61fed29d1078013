#include "sources/intake_socket/intake_report.hpp"

#include <nlohmann/json.hpp>

#include <utility>

#include "pipeline/source_report.hpp"

namespace enrichd {

void IntakeReport::add_metrics(Metrics& metrics) const {
    source_report::add(metrics, intake_.counts());
    metrics.counter("active_responses_received_total", "Lines of active responses accepted from the socket.",
                    intake_.counts().active_responses);
    metrics.counter("alerts_busy_total",
                    "Alerts answered with \"busy\", so that the shim spools them: the daemon could not store "
                    "them, or was processing a copy.",
                    intake_.counts().busy);
    metrics.gauge("intake_connections", "Open intake connections.", intake_.connections());
}

void IntakeReport::add_status(StatusJson& status) const {
    source_report::add(status, intake_.counts());
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
        one.runbook = "EnrichdPendingNearLimit";
    }
    checks.push_back(std::move(one));
}

void IntakeReport::add_totals(Totals& totals) const {
    source_report::add(totals, intake_.counts());
}

}  // namespace enrichd

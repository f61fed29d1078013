#include "store/state_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace enrichd {

void StateReport::add_metrics(Metrics& metrics) const {
    const std::size_t deferred = journal_.deferred();
    metrics.gauge("pending", "Alerts acknowledged and not finished, without the deferred ones.",
                  journal_.pending() - std::min(journal_.pending(), deferred));
    metrics.gauge(
        "deferred",
        "Alerts deferred because Domain Stats fails for their domain and answers others; retried every 5 "
        "minutes until domain_stats.retry_for.",
        deferred);
    metrics.gauge("pending_limit", "Largest allowed number of pending alerts and events (state.max_pending).",
                  journal_.max_pending());
    for (const std::string& stage : journal_.stages())
        if (journal_.has_own_share(stage))
            metrics.gauge("pending_" + stage,
                          "Of these, those that only wait for " + stage +
                              ": half as many again as the limit may, for themselves.",
                          journal_.pending(stage));
    for (const std::string& stage : journal_.stages())
        metrics.gauge(
            "journal_waiting",
            "Pending alerts that wait in the state file and not in memory, by the provider they wait for.",
            journal_.waiting(stage) + journal_.deferred(stage), {{"provider", stage}});
    metrics.gauge("seen_domains", "Domains of which it is remembered which agents asked for them.",
                  prevalence_.domains());
    metrics.gauge("seen_agents", "Agents that ever asked for a domain.", prevalence_.agents());
    metrics.counter("names_not_noted_total",
                    "Names that were asked for and are not remembered: the state file did not keep up.",
                    asked_names_.not_noted());
    metrics.gauge("outbox", "Events that wait for an output.", outbox_.waiting());
    metrics.gauge("state_up", "1 while the state file can be written.", database_.trouble() ? 0 : 1);
    metrics.counter("state_transactions_total", "Transactions committed to the state file.",
                    database_.counts().transactions);
    metrics.counter("state_writes_total",
                    "Write operations committed to the state file; one transaction holds many.",
                    database_.counts().works);
    metrics.gauge("state_writes_waiting", "Write operations that wait for their transaction.",
                  database_.waiting());
    metrics
        .family("state_errors_total", "Failed transactions on the state file, by reason.",
                Metrics::Type::counter)
        .add(database_.counts().errors, "reason");
}

void StateReport::add_status(StatusJson& status) const {
    StatusJson& alerts = status["alerts"];
    alerts["pending"] = journal_.pending();
    alerts["deferred"] = journal_.deferred();
    alerts["pending_limit"] = journal_.max_pending();
    status["outbox"] = outbox_.waiting();
}

/// Null when the usual advice is right.
const char* StateReport::advice_about(const error& trouble) {
    if (trouble == errc::store_later_version)
        return "Install the later version again, restore the backup of this one, or move the file away "
               "(docs/state.md).";
    if (trouble == errc::store_corrupt)
        return "Move the file and its -wal away: a new one is made within seconds. The old one has the "
               "alerts "
               "that were not finished (docs/state.md).";
    if (trouble == errc::store_in_use) return "End the other process that has the file open.";
    return nullptr;
}

void StateReport::add_checks(std::vector<Check>& checks) const {
    constexpr const char* spooled = "; alerts that have to wait are spooled";
    Check one{"state"};
    one.advice = "Make room, or fix the rights, under state.directory. No restart is needed.";
    one.runbook = "EnrichdStateNotWritable";
    one.address = database_.file();
    const auto refusal = journal_.refusal();
    if (refusal == error(errc::store_silent)) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(database_.silent_for()).count();
        one.detail = "the state file has not answered for " + std::to_string(seconds) + " s" + spooled;
    } else if (refusal && refusal != error(errc::journal_full)) {
        one.detail = refusal->message() + spooled;
        if (const char* what = advice_about(*refusal)) one.advice = what;
    } else if (database_.log_damaged()) {
        one.detail =
            "the end of the state file's log was damaged at the start; alerts of the last run may be lost";
    }
    if (!one.detail.empty()) one.health = Health::degraded;
    checks.push_back(std::move(one));
}

}  // namespace enrichd

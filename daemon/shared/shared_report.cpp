#include "shared/shared_report.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace enrichd {

void SharedReport::add_metrics(Metrics& metrics) const {
    if (!shared_.on()) return;
    const Redis& redis = shared_.redis();
    metrics.gauge("shared_connected", "1 while the shared state server answers.",
                  redis.is_connected() ? 1 : 0);
    metrics.gauge("shared_hosts",
                  "Hosts that have used the shared state server in the last 15 s, as far as is known.",
                  shared_.hosts());
    metrics.gauge("shared_behind",
                  "1 while the shared state server lacks first contacts that this host has reported.",
                  shared_.contacts().behind() ? 1 : 0);
    metrics.counter("shared_connects_total", "Connections to the shared state server.",
                    redis.counts().connects);
    metrics.counter("shared_batches_total", "Groups of commands that were sent to it together.",
                    redis.counts().batches);
    metrics
        .family("shared_commands_total", "Commands that were sent to the shared state server, by outcome.",
                Metrics::Type::counter)
        .add(redis.counts().commands, "result");
    metrics
        .family("shared_command_seconds", "Time until the shared state server had answered a command.",
                Metrics::Type::histogram)
        .add(redis.counts().duration);
    metrics
        .family("shared_first_contacts_total",
                "First contacts by this host's state file, by who reports them: ours, reported or claimed by "
                "another host, alone while the server was down.",
                Metrics::Type::counter)
        .add(shared_.contacts().counts().claims, "outcome");
    metrics.counter("shared_reported_total", "Reported domains that were written to the shared state server.",
                    shared_.contacts().counts().reports);
    metrics.counter("shared_twice_total",
                    "First contacts that another host has reported too, while the server was down.",
                    shared_.contacts().counts().twice);
    const SharedAlertCounts& alerts = shared_.alerts().counts();
    metrics
        .family("shared_events_total",
                "Events of alerts, by who reports them: ours, another_host, alone while the "
                "server was down.",
                Metrics::Type::counter)
        .add(alerts.reports, "outcome");
    metrics.counter("shared_agents_total",
                    "Agents that asked for a domain for the first time, written to the shared state server "
                    "without an event.",
                    alerts.agents);
    metrics.gauge("shared_agents_waiting", "Of these, those that wait to be written.",
                  shared_.alerts().waiting());
    metrics.counter("shared_agents_dropped_total",
                    "Agents that the shared state server does not count, because too many waited.",
                    alerts.dropped);
    metrics
        .family("shared_questions_total",
                "Questions to an upstream with a quota, by what the shared state server said: ask, known, "
                "asked_by_another, quota, alone.",
                Metrics::Type::counter)
        .add(shared_.questions().outcomes(), "outcome");
}

void SharedReport::add_status(StatusJson& status) const {
    if (!shared_.on()) return;
    const Redis& redis = shared_.redis();
    const SharedAlertCounts& alerts = shared_.alerts().counts();
    StatusJson one{{"server", redis.address()},
                   {"connected", redis.is_connected()},
                   {"node", shared_.node()},
                   {"hosts", shared_.hosts()},
                   {"trouble", nullptr},
                   {"commands", to_json(redis.counts().commands)},
                   {"latency", latency_json(redis.counts().duration)},
                   {"first_contacts", to_json(shared_.contacts().counts().claims)},
                   {"reported_twice", shared_.contacts().counts().twice},
                   {"behind", shared_.contacts().behind()},
                   {"alerts", to_json(alerts.reports)},
                   {"questions", to_json(shared_.questions().outcomes())}};
    if (const auto& trouble = redis.trouble()) one["trouble"] = trouble->message();
    status["shared"] = std::move(one);
}

void SharedReport::add_checks(std::vector<Check>& checks) const {
    if (!shared_.on()) return;
    Check check{"shared"};
    const Redis& redis = shared_.redis();
    check.runbook = "EnrichdCheckDegraded";
    if (const auto& trouble = redis.trouble()) {
        check.health = Health::degraded;
        check.detail = "the shared state server cannot be used: " + trouble->message();
        check.advice =
            "see to the server of shared.url; until it answers this host decides by itself, with its part "
            "of the quotas, and a first contact may be reported by two hosts";
        check.address = redis.address();
        check.next_try = std::chrono::seconds(1);
    } else if (shared_.name_taken()) {
        check.health = Health::degraded;
        check.detail = "another host uses the name " + shared_.node() + " too";
        check.advice =
            "set shared.node to another name on each host: two of one name report a first contact twice";
    } else if (!redis.is_connected()) {
        check.detail = "not connected yet";
    }
    checks.push_back(std::move(check));
}

}  // namespace enrichd

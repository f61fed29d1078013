#include "enrich/enricher.hpp"

#include "base/log.hpp"

namespace enrichd {
namespace {

/// Failures to reach the server are one cause with the original integration's text; rules match on it.
constexpr std::string_view connection_error = "Connection Error to DNS Stats API";

bool not_reached(const error& failure) {
    return failure == errc::refused || failure == errc::unreachable || failure == errc::name_lookup ||
           failure == errc::cut || failure == errc::gateway_status;
}

std::string_view cause(const error& failure) {
    return not_reached(failure) ? "connection" : label(failure);
}

std::string text(const error& failure) {
    return not_reached(failure) ? std::string(connection_error) : "DNS Stats API: " + failure.message();
}

}  // namespace

Enricher::Enricher(Tasks& tasks, Sink& sink, EnricherOptions options)
    : tasks_(tasks), sink_(sink), options_(std::move(options)), notices_(options_.error_event_every) {}

void Enricher::ask(Verdicts& verdicts) {
    verdicts_ = &verdicts;
    verdicts.on_outage([this](const Alert& alert, const error& failure) { tell_outage(alert, failure); });
}

void Enricher::configure(EnricherOptions options) {
    options_ = std::move(options);
    notices_.configure(options_.error_event_every);
}

task<bool> Enricher::trip(Job& job) {
    auto name = HostName::parse(job.alert.query);
    if (!name) {
        counts_.rejected.add(label(name.error()));
        log::debug("alert refused", {{"reason", label(name.error())}, {"query", job.alert.query}});
        finished(job);
        co_return true;
    }
    if (const auto reason = refusal(*name, options_.gate)) {
        counts_.gated.add(label(*reason));
        finished(job);
        co_return true;
    }

    DomainStatsAnswer answer;
    if (!verdicts_) {
        finished(job);
        co_return true;
    } else if (const auto* known = verdicts_->cached(*name, job.received)) {
        answer.verdict = *known;
    } else {
        job.acknowledge();
        auto asked = co_await verdicts_->ask(*std::move(name), job);
        if (!asked && asked.error() == errc::cancelled) co_return false;
        if (!asked) {
            Event failure = domain_stats_error(job.alert, text(asked.error()));
            co_return co_await deliver(job, std::move(failure));
        }
        answer = *std::move(asked);
    }

    if (worth_an_event(answer)) {
        Event verdict = domain_stats_event(job.alert, answer);
        co_return co_await deliver(job, std::move(verdict));
    }
    finished(job);
    co_return true;
}

task<bool> Enricher::deliver(Job& job, Event event) {
    Sink::BeforeWaiting acknowledge = [&job](bool reached_one) {
        job.acknowledge();
        if (reached_one) job.asked = {};  // its first contact is told: a restart must not find it again
    };
    const bool delivered = co_await sink_.deliver(std::move(event), std::move(acknowledge));
    if (delivered) finished(job);
    co_return delivered;
}

void Enricher::finished(const Job& job) {
    ++counts_.finished;
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - job.received).count());
}

void Enricher::tell_outage(const Alert& alert, const error& failure) {
    if (!notices_.due(cause(failure), Clock::now())) return;
    log::warning("a question to Domain Stats failed",
                 {{"reason", label(failure)}, {"detail", failure.message()}, {"query", alert.query}});
    tasks_.spawn("outage notice", deliver_notice(domain_stats_error(alert, text(failure))));
}

task<void> Enricher::deliver_notice(Event event) {
    Sink::BeforeWaiting nobody_waits = [](bool) {};
    co_await sink_.deliver(std::move(event), std::move(nobody_waits));
}

}  // namespace enrichd

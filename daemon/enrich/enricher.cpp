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
    const auto name = acceptable(job);
    if (name && !job.progress.judged) {
        const bool told = co_await ask_domain_stats(job, *name);
        if (!told) co_return false;
    }
    if (name && job.progress.judged) {
        const bool told = co_await ask_otx(job, *name);
        if (!told) co_return false;
    }
    finished(job);
    co_return true;
}

/// The name, when it is one and may leave the machine.
std::optional<HostName> Enricher::acceptable(const Job& job) {
    auto name = HostName::parse(job.alert.query);
    if (!name) {
        counts_.rejected.add(label(name.error()));
        log::debug("alert refused", {{"reason", label(name.error())}, {"query", job.alert.query}});
        return std::nullopt;
    }
    if (const auto reason = refusal(*name, options_.gate)) {
        counts_.gated.add(label(*reason));
        return std::nullopt;
    }
    return *std::move(name);
}

/// Tells what Domain Stats says, and leaves in `job` whether OTX is to be asked.
task<bool> Enricher::ask_domain_stats(Job& job, const HostName& name) {
    const auto judged = [&](Suspicion suspicion) {
        job.progress.asked = {};
        if (reputation_) job.progress.judged = suspicion;
    };
    DomainStatsAnswer answer;
    if (!verdicts_) {
        if (options_.otx_always) judged(Suspicion::none);
        co_return true;
    } else if (const auto* known = verdicts_->cached(name, job.received)) {
        answer.verdict = *known;
    } else {
        job.acknowledge();
        auto asked = co_await verdicts_->ask(name, job);
        if (!asked && asked.error() == errc::cancelled) co_return false;
        if (!asked) {
            Event failure = domain_stats_error(job.alert, text(asked.error()));
            const bool told = co_await deliver(job, std::move(failure));
            if (told && options_.otx_always) judged(Suspicion::none);
            co_return told;
        }
        answer = *std::move(asked);
    }

    const bool worth_telling = worth_an_event(answer);
    if (worth_telling) {
        Event verdict = domain_stats_event(job.alert, answer);
        const bool told = co_await deliver(job, std::move(verdict));
        if (!told) co_return false;
    }
    if (worth_telling || options_.otx_always) judged(suspicion_of(answer));
    co_return true;
}

/// Tells what OTX says, if it says anything. The wait may be long: Domain Stats' event is out already.
task<bool> Enricher::ask_otx(Job& job, const HostName& name) {
    if (!reputation_) co_return true;
    auto known = reputation_->known(name);
    if (!known) {
        job.acknowledge();
        job.set_aside();
        const Clock::time_point limit = job.received + options_.otx_retry_for;
        auto asked = co_await reputation_->ask(name, *job.progress.judged, limit);
        if (!asked && asked.error() == errc::cancelled) co_return false;
        if (!asked) co_return true;  // counted and logged where it was given up
        known = *std::move(asked);
    }
    if (!known->hit()) co_return true;
    Event event = otx_event(job.alert, known->subject, *known->verdict, job.destination);
    co_return co_await deliver(job, std::move(event));
}

task<bool> Enricher::deliver(Job& job, Event event) {
    Sink::BeforeWaiting acknowledge = [&job](bool reached_one) {
        job.acknowledge();
        if (reached_one)
            job.progress.asked = {};  // its first contact is told: a restart must not find it again
    };
    co_return co_await sink_.deliver(std::move(event), std::move(acknowledge));
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

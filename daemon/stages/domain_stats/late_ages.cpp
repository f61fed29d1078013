#include "stages/domain_stats/late_ages.hpp"

#include <utility>

#include "stages/domain_stats/domain_check.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch = 64;
constexpr Clock::duration look_every = 1s;

/// How long one question may take; then it is due again, also after a crash.
constexpr std::chrono::seconds patience = 60s;

/// When nobody says when to ask again.
constexpr std::chrono::seconds usual_pause = 10min;

}  // namespace

task<void> LateAges::watch() {
    for (bool awake = true; awake; awake = co_await sleep_until(Clock::now() + look_every))
        if (open_.size() > 0) co_await ask_those_due();
}

task<void> LateAges::ask_those_due() {
    const WallTime now = wall_seconds(WallClock::now());
    const WallTime again = now + 2 * patience;
    auto due = co_await open_.take(now, again, batch);
    if (!due) co_return;  // the database logs and counts it
    for (OpenAge& age : *due) work_.spawn("late age", ask_again(std::move(age)));
}

task<void> LateAges::ask_again(OpenAge age) {
    Job job;
    job.alert = age.alert;
    job.received = Clock::now();
    job.patience = patience;
    const WallTime now = wall_seconds(WallClock::now());
    const auto name = pipeline_.acceptable(job);
    if (!name || now < age.since - longest || now > age.since + longest) {
        end(age, {});
        co_return;
    }
    HostName asked_for = *name;
    auto answer = co_await verdicts_.ask(std::move(asked_for), job);
    const bool open = !answer || answer->verdict.category == unknown_category;
    const WallTime answered = wall_seconds(WallClock::now());
    if (open && !(answer && answer->first_contact)) {
        std::chrono::milliseconds pause = answer ? std::chrono::milliseconds(usual_pause) : patience;
        if (answer && answer->age_again_in) pause = *answer->age_again_in;
        if (answer && answer->verdict.provisional && !answer->age_again_in) pause = patience;
        open_.defer(age.domain, answered + std::chrono::ceil<std::chrono::seconds>(pause));
        co_return;
    }
    const bool to_report = answer->verdict.category == "NEW" || answer->first_contact;
    if (to_report && !reported(job, *name, *answer)) co_return;  // it is due again
    Step step = std::exchange(job.step, Step());
    if (!open) {
        end(age, std::move(step));
        co_return;
    }
    journal_.record(std::move(step));  // its first contact, which was not reported yet
    open_.defer(age.domain, answered + usual_pause);
}

/// A second event for its alert: the domain turns out to be new. False when it cannot be reported now.
bool LateAges::reported(Job& job, const HostName& name, const DomainStatsAnswer& answer) {
    job.progress.name = name;
    job.late = true;
    pipeline_.look_up_contact(job);
    pipeline_.take(job, findings_of(job, verdicts_.domain_of(name), answer));
    return pipeline_.report(job);
}

/// In the transaction that records the event.
void LateAges::end(const OpenAge& age, Step step) {
    step.closed_age = age.domain;
    journal_.record(std::move(step));
}

}  // namespace enrichd

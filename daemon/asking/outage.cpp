#include "asking/outage.hpp"

#include <utility>

#include "asking/failure.hpp"

namespace enrichd {

void Outage::verdict() {
    trouble_.reset();
    answers_.note_verdict(Clock::now());
}

void Outage::answered() {
    answers_.note();
    const bool paused = breaker_.open();
    breaker_.succeeded();
    away_ = false;
    if (paused && !held_) asker_.go_on();
}

void Outage::hold(bool yes) {
    if (std::exchange(held_, yes) && !pauses()) asker_.go_on();
}

/// `trouble_` stays until an answer.
void Outage::retry() {
    breaker_.succeeded();
    away_ = false;
    if (!held_) asker_.go_on();
}

void Outage::failed(const error& failure, std::string_view name) {
    const bool certain = out_of_reach(failure) || of_the_store(failure);
    bool opened = false;
    if (unanswered(failure))
        opened = breaker_.failed(certain, name);
    else
        answered();
    if (certain || !answers_.lately(Clock::now())) trouble_ = failure;
    if (opened && certain) go_away(failure);
    if (opened && !std::exchange(probing_, true)) tasks_.spawn(name_, probe_until_back(!certain));
}

void Outage::go_away(const error& failure) {
    if (!std::exchange(away_, true)) asker_.went_away(failure);
}

task<void> Outage::look() {
    while (answers_.count() == 0 && !breaker_.open() && !stopping_) {
        auto there = co_await asker_.probe();
        if (!there && there.error() == errc::cancelled) co_return;
        if (answers_.count() > 0 || breaker_.open()) co_return;  // a question has found out
        if (there) {
            trouble_.reset();
            answered();
            co_return;
        }
        const error failure = there.error();
        trouble_ = failure;
        if (breaker_.failed(out_of_reach(failure), {})) {
            go_away(failure);
            if (!std::exchange(probing_, true)) co_await probe_until_back(false);
            co_return;
        }
        const bool slept = co_await sleep_until(Clock::now() + breaker_.next_pause());
        if (!slept) co_return;
    }
}

/// `at_once`: some names failed, and it may be the names.
task<void> Outage::probe_until_back(bool at_once) {
    while (breaker_.open()) {
        const Clock::duration pause = at_once ? Clock::duration::zero() : breaker_.next_pause();
        const bool slept = co_await sleep_until(Clock::now() + pause);
        if (!slept) break;
        at_once = false;
        if (held_) continue;
        auto there = co_await asker_.probe();
        if (!there && there.error() == errc::cancelled) break;
        if (!breaker_.open()) break;  // a question has found out while the probe was on its way
        if (!there) {
            go_away(there.error());
            trouble_ = there.error();
            asker_.still_away(there.error());
            continue;
        }
        if (away_) {
            trouble_.reset();
            asker_.is_back();
        }
        answered();
    }
    probing_ = false;
}

}  // namespace enrichd

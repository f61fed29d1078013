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
    if (paused && !paused_by_operator_) asker_.go_on();
}

void Outage::pause(bool yes) {
    if (std::exchange(paused_by_operator_, yes) && !pauses()) asker_.go_on();
}

void Outage::probe_now() {
    if (until_probe_) until_probe_->cancel();
}

/// False when the coroutine was cancelled. Waits on for as long as an operator pauses the upstream.
task<bool> Outage::wait_for_probe(Clock::duration pause) {
    auto executor = co_await asio::this_coro::executor;
    Timer timer(executor);
    until_probe_ = &timer;
    bool cancelled = false;
    do {
        timer.expires_after(pause);
        co_await timer.async_wait(nothrow);
        auto state = co_await asio::this_coro::cancellation_state;
        cancelled = state.cancelled() != asio::cancellation_type::none;
        if (paused_by_operator_ && pause <= Clock::duration::zero()) pause = breaker_.next_pause();
    } while (!cancelled && paused_by_operator_);
    if (until_probe_ == &timer) until_probe_ = nullptr;
    co_return !cancelled;
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
        if (paused_by_operator_) {
            const bool waited = co_await wait_for_probe(breaker_.next_pause());
            if (!waited) co_return;
            continue;
        }
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
        const bool waited = co_await wait_for_probe(breaker_.next_pause());
        if (!waited) co_return;
    }
}

/// `at_once`: some names failed, and it may be the names.
task<void> Outage::probe_until_back(bool at_once) {
    while (breaker_.open()) {
        const Clock::duration pause = at_once ? Clock::duration::zero() : breaker_.next_pause();
        const bool waited = co_await wait_for_probe(pause);
        if (!waited) break;
        at_once = false;
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

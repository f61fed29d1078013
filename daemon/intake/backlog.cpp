#include "intake/backlog.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "base/log.hpp"

namespace enrichd {
namespace {

/// Read from the journal at once.
constexpr std::size_t batch = 512;

/// How often it is looked whether there is room again. Questions take a server milliseconds.
constexpr Clock::duration pause = std::chrono::milliseconds(20);

/// Of those that were put off so many come again so often, most likely to fail again: the others come first.
constexpr std::size_t batch_of_later = 64;
constexpr Clock::duration pause_for_later = std::chrono::milliseconds(250);

/// OTX answers a few names a second.
constexpr Clock::duration pause_for_otx = std::chrono::seconds(2);

/// How often it is looked for alerts that have waited for OTX too long, and all that waits is counted.
constexpr Clock::duration look = std::chrono::minutes(1);

}  // namespace

task<error> Backlog::resume() {
    auto left = co_await journal_.load();
    if (!left) co_return left.error();
    for (const std::uint64_t hash : left->recent) recent_.note(hash);
    for (const KeptAlert& kept : left->put_off) enricher_.was_asked(kept);
    if (journal_.pending() > 0)
        log::info("alerts of an earlier run go on",
                  {{"in_hand", left->in_hand.size()}, {"alerts", journal_.pending()}});
    for (KeptAlert& kept : left->in_hand) work_.spawn("kept alert", work_on(std::move(kept)));
    co_return error();
}

task<void> Backlog::watch() {
    for (bool awake = true; awake;) {
        if (journal_.reopened()) co_await journal_.recount();
        co_await refill(WaitsFor::domain_stats, batch);
        const Clock::time_point now = Clock::now();
        if (now >= next_for_later_) {
            next_for_later_ = now + pause_for_later;
            co_await refill(WaitsFor::another_try, batch_of_later);
        }
        if (now >= next_for_otx_) {
            next_for_otx_ = now + pause_for_otx;
            co_await refill(WaitsFor::otx, batch);
            co_await drop_what_must_go();
        }
        awake = co_await sleep_until(Clock::now() + pause);
    }
}

task<void> Backlog::refill(WaitsFor what, std::size_t most) {
    std::size_t count = std::min(enricher_.room(what), most);
    if (what == WaitsFor::another_try) count = std::min(count, enricher_.room(what) / 4);
    if (journal_.waiting(what) == 0 || count == 0) co_return;
    auto taken = co_await journal_.take(what, count);
    if (!taken) co_return;  // the state file's trouble is told where it is found
    for (KeptAlert& kept : *taken) work_.spawn("kept alert", work_on(std::move(kept)));
    // Counted wrongly, they would keep new alerts behind them for ever.
    if (taken->empty() && what == WaitsFor::domain_stats) co_await journal_.recount();
}

/// The least suspicious of what waits for OTX, where it is more than its share of the state file, and what
/// has waited for too long.
task<void> Backlog::drop_what_must_go() {
    if (journal_.waiting(WaitsFor::otx) + journal_.waiting(WaitsFor::another_try) == 0) co_return;
    bool more = true;
    while (more) more = co_await journal_.make_room();
    if (Clock::now() < next_look_) co_return;
    next_look_ = Clock::now() + look;
    const Clock::time_point limit = Clock::now() - enricher_.otx_retry_for();
    for (more = true; more;) more = co_await journal_.expire(limit);
    co_await journal_.recount();
}

task<void> Backlog::work_on(KeptAlert kept) {
    Job job = job_of(std::move(kept));
    co_await enricher_.trip(job);
}

}  // namespace enrichd

#include "intake/backlog.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "base/log.hpp"

namespace enrichd {
namespace {

/// Read from the journal at once.
constexpr std::size_t batch = 512;

/// After each look, so that what leaves room one by one is filled by the batch.
constexpr Clock::duration pause = std::chrono::milliseconds(20);

/// How often it is looked for what nobody tells: another state file.
constexpr Clock::duration look_anyway = std::chrono::seconds(1);

/// Of those that were put off so many come again so often, most likely to fail again: the others come first.
constexpr std::size_t batch_of_later = 64;
constexpr Clock::duration pause_for_later = std::chrono::milliseconds(250);

/// OTX answers a few names a second.
constexpr Clock::duration pause_for_otx = std::chrono::seconds(2);

/// How often it is looked for alerts that have waited for OTX too long, and all that waits is counted.
constexpr Clock::duration look = std::chrono::minutes(1);

}  // namespace

Backlog::Backlog(asio::io_context& io, Tasks& work, Enricher& enricher, Journal& journal, Recent& recent)
    : work_(work),
      enricher_(enricher),
      journal_(journal),
      recent_(recent),
      wake_(io, Clock::time_point::max()) {
    enricher_.on_backlog([this] { note(); });
}

Backlog::~Backlog() {
    enricher_.on_backlog(nullptr);
}

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
        noted_ = false;
        const bool full_batch = co_await refill(WaitsFor::domain_stats, batch);
        if (full_batch) noted_ = true;
        if (Clock::now() >= next_for_later_) {
            const bool more = co_await refill(WaitsFor::another_try, batch_of_later);
            next_for_later_ = Clock::now() + (more ? pause_for_later : look_anyway);
        }
        if (Clock::now() >= next_for_otx_) {
            next_for_otx_ = Clock::now() + pause_for_otx;
            co_await refill(WaitsFor::otx, batch);
            co_await drop_what_must_go();
        }
        awake = co_await sleep_until(Clock::now() + pause);
        if (awake) awake = co_await something_to_do();
    }
}

/// Waits until there is. False when the coroutine was cancelled meanwhile.
task<bool> Backlog::something_to_do() {
    if (noted_) co_return true;
    wake_.expires_at(next_look());
    co_await wake_.async_wait(nothrow);
    auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() == asio::cancellation_type::none;
}

/// When something may be due that nobody tells us.
Clock::time_point Backlog::next_look() const {
    Clock::time_point next = Clock::now() + look_anyway;
    if (journal_.waiting(WaitsFor::another_try) > 0) next = std::min(next, next_for_later_);
    if (journal_.waiting(WaitsFor::otx) > 0) next = std::min(next, next_for_otx_);
    return next;
}

void Backlog::note() {
    if (journal_.waiting(WaitsFor::domain_stats) == 0) return;  // what waits for OTX has its own times
    noted_ = true;
    wake_.cancel();
}

/// True when it took as many as it could: there may be more.
task<bool> Backlog::refill(WaitsFor what, std::size_t most) {
    std::size_t count = std::min(enricher_.room(what), most);
    if (what == WaitsFor::another_try) count = std::min(count, enricher_.room(what) / 4);
    if (journal_.waiting(what) == 0 || count == 0) co_return false;
    auto taken = co_await journal_.take(what, count);
    if (!taken) co_return false;  // the state file's trouble is told where it is found
    const std::size_t found = taken->size();
    for (KeptAlert& kept : *taken) work_.spawn("kept alert", work_on(std::move(kept)));
    // Counted wrongly, they would keep new alerts behind them for ever.
    if (found == 0 && what == WaitsFor::domain_stats) co_await journal_.recount();
    co_return found == count;
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

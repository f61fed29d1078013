#include "pipeline/backlog.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/log.hpp"

namespace enrichd {
namespace {

/// Read from the journal at once.
constexpr std::size_t batch = 512;

/// After each look, so that what leaves room one by one is filled by the batch.
constexpr Clock::duration pause = std::chrono::milliseconds(20);

/// How often another state file is looked for, which nobody reports.
constexpr Clock::duration look_anyway = std::chrono::seconds(1);

/// At most this many deferred alerts are taken in one round, and rounds are this far apart: they will
/// probably fail again, so the others come first.
constexpr std::size_t batch_of_deferred = 64;
constexpr Clock::duration pause_for_deferred = std::chrono::milliseconds(250);

/// A stage that only adds to what others have reported is never in a hurry.
constexpr Clock::duration pause_for_additions = std::chrono::seconds(2);

/// How often it is looked for alerts that have waited too long, and all that waits is counted.
constexpr Clock::duration look = std::chrono::minutes(1);

/// What was put on the wire for a name whose alerts wait.
void was_asked(const Pipeline& pipeline, const KeptAlert& kept) {
    Stage* const stage = pipeline.find(kept.stage);
    const auto name = HostName::parse(kept.alert.query);
    if (stage && name && kept.taken) stage->was_asked(*name, *kept.taken);
}

}  // namespace

Backlog::Backlog(asio::io_context& io, Tasks& work, Pipeline& pipeline, Journal& journal, Recent& recent)
    : work_(work),
      pipeline_(pipeline),
      journal_(journal),
      recent_(recent),
      wake_(io, Clock::time_point::max()) {
    pipeline_.on_backlog([this] { note(); });
}

Backlog::~Backlog() {
    pipeline_.on_backlog(nullptr);
}

task<error> Backlog::resume() {
    auto left = co_await journal_.load();
    if (!left) co_return left.error();
    for (const std::uint64_t hash : left->recent) recent_.note(hash);
    for (const KeptAlert& kept : left->deferred) was_asked(pipeline_, kept);
    if (journal_.pending() > 0)
        log::info("alerts of an earlier run go on",
                  {{"in_progress", left->in_progress.size()}, {"alerts", journal_.pending()}});
    for (const std::string& stage : journal_.stages())
        if (journal_.pending(stage) > 0 && !pipeline_.find(stage))
            log::warning("alerts waited for a stage that is off now; they go on without it",
                         {{"stage", stage}, {"alerts", journal_.pending(stage)}});
    for (KeptAlert& kept : left->in_progress) work_.spawn("kept alert", work_on(std::move(kept)));
    co_return error();
}

task<void> Backlog::watch() {
    for (bool awake = true; awake;) {
        if (journal_.reopened()) co_await journal_.recount();
        noted_ = false;
        const std::vector<std::string> stages = journal_.stages();
        for (const std::string& stage : stages) {
            const bool full_batch = co_await refill(stage);
            if (full_batch && hurries(stage)) noted_ = true;
        }
        co_await drop_what_must_go();
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

/// When something may be due that nobody reports.
Clock::time_point Backlog::next_look() const {
    Clock::time_point next = Clock::now() + look_anyway;
    for (const auto& [stage, times] : times_) {
        if (journal_.deferred(stage) > 0) next = std::min(next, times.next_deferred);
        if (journal_.waiting(stage) > 0 && !hurries(stage)) next = std::min(next, times.next);
    }
    return next;
}

/// What waits for the others has its own times.
bool Backlog::hurries(const std::string& stage) const {
    const Stage* const found = pipeline_.find(stage);
    return !found || !found->waits_at_most();
}

/// For a stage that is off, alerts go on behind it at once.
std::size_t Backlog::room(const std::string& stage) const {
    const Stage* const found = pipeline_.find(stage);
    return found ? found->room() : batch;
}

void Backlog::note() {
    if (journal_.waiting() == 0) return;
    noted_ = true;
    wake_.cancel();
}

/// True when it took as many as it could: there may be more.
task<bool> Backlog::refill(const std::string& stage) {
    Times& times = times_[stage];
    const Stage* const found = pipeline_.find(stage);
    const bool asks = found && found->notes_asking();
    bool more = false;
    const std::size_t most = std::min(room(stage), batch);
    const bool due = Clock::now() >= times.next;
    if (due && !hurries(stage)) times.next = Clock::now() + pause_for_additions;
    if (due && journal_.waiting(stage) > 0 && most > 0) {
        auto taken = co_await journal_.take(stage, asks, most);
        // Counted wrongly, they would keep new alerts behind them for ever.
        if (taken && taken->empty() && hurries(stage)) co_await journal_.recount();
        more = go_on(std::move(taken), most);
    }
    const std::size_t most_deferred = std::min(room(stage) / 4, batch_of_deferred);
    if (Clock::now() < times.next_deferred) co_return more;
    bool more_deferred = false;
    if (journal_.deferred(stage) > 0 && most_deferred > 0) {
        auto taken = co_await journal_.take_deferred(stage, asks, most_deferred);
        more_deferred = go_on(std::move(taken), most_deferred);
    }
    times.next_deferred = Clock::now() + (more_deferred ? pause_for_deferred : look_anyway);
    co_return more;
}

/// True when there may be more.
bool Backlog::go_on(result<std::vector<KeptAlert>> taken, std::size_t most) {
    if (!taken) return false;  // the database logs and counts it
    for (KeptAlert& kept : *taken) work_.spawn("kept alert", work_on(std::move(kept)));
    return taken->size() == most;
}

/// Of what waits for a stage that only adds: the lowest rank, where it is more than its share of the state
/// file, and what has waited for too long.
task<void> Backlog::drop_what_must_go() {
    if (Clock::now() < next_drop_) co_return;
    next_drop_ = Clock::now() + pause_for_additions;
    const bool counts = Clock::now() >= next_count_;
    if (counts) next_count_ = Clock::now() + look;
    bool any = false;
    const std::vector<std::string> stages = journal_.stages();
    for (const std::string& stage : stages) {
        any = any || journal_.waiting(stage) + journal_.deferred(stage) > 0;
        const Stage* const found = pipeline_.find(stage);
        const auto longest = found ? found->waits_at_most() : std::nullopt;
        if (!longest || journal_.waiting(stage) == 0) continue;
        bool more = true;
        while (more) more = co_await journal_.make_room(stage);
        const Clock::time_point limit = Clock::now() - *longest;
        for (more = counts; more;) more = co_await journal_.expire(stage, limit);
    }
    if (counts && any) co_await journal_.recount();
}

task<void> Backlog::work_on(KeptAlert kept) {
    Job job = job_of(std::move(kept));
    co_await pipeline_.run(job);
}

}  // namespace enrichd

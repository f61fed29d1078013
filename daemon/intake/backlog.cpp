#include "intake/backlog.hpp"

#include "base/log.hpp"

namespace enrichd {
namespace {

/// Read from the journal at once.
constexpr std::size_t batch = 256;

/// How often it is looked whether there is room again. Questions take a server milliseconds.
constexpr Clock::duration pause = std::chrono::milliseconds(20);

/// The same for OTX, which answers a few names a second, and may give an alert back at once.
constexpr Clock::duration pause_for_otx = std::chrono::seconds(2);

}  // namespace

task<error> Backlog::resume() {
    auto hashes = co_await journal_.recent();
    if (!hashes) co_return hashes.error();
    auto in_hand = co_await journal_.load();
    if (!in_hand) co_return in_hand.error();
    for (const std::uint64_t hash : *hashes) recent_.note(hash);
    if (journal_.pending() > 0)
        log::info("alerts of an earlier run go on",
                  {{"in_hand", in_hand->size()}, {"alerts", journal_.pending()}});
    for (KeptAlert& kept : *in_hand) work_.spawn("kept alert", work_on(std::move(kept)));
    co_return error();
}

task<void> Backlog::watch() {
    for (bool awake = true; awake;) {
        co_await refill(WaitsFor::domain_stats);
        if (Clock::now() >= next_for_otx_) {
            next_for_otx_ = Clock::now() + pause_for_otx;
            co_await refill(WaitsFor::otx);
        }
        awake = co_await sleep_until(Clock::now() + pause);
    }
}

task<void> Backlog::refill(WaitsFor what) {
    const std::size_t room = enricher_.room(what);
    if (journal_.waiting(what) == 0 || room < batch) co_return;
    auto taken = co_await journal_.take(what, std::min(room, 2 * batch));
    if (!taken) co_return;  // the state file's trouble is told where it is found
    for (KeptAlert& kept : *taken) work_.spawn("kept alert", work_on(std::move(kept)));
}

task<void> Backlog::work_on(KeptAlert kept) {
    Job job = job_of(std::move(kept));
    co_await enricher_.trip(job);
}

}  // namespace enrichd

#include "output/outputs.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace enrichd {
namespace {

using namespace std::chrono_literals;

// A full queue is drained within milliseconds; a Wazuh that restarts is away for seconds.
constexpr Clock::duration first_pause = 1ms;
constexpr Clock::duration longest_pause = 250ms;

/// Read from the outbox at once: what memory it may cost.
constexpr std::size_t chunk = 64;

/// What has waited goes out at 1,000 events a second: analysisd's own queue of 16,384 events overflows
/// silently, and events that come fresh need their share of it.
constexpr std::size_t burst = 10;
constexpr Clock::duration burst_pause = 10ms;

/// When the outbox cannot be read, or what was claimed is not in it yet. What is not found for a second was
/// counted wrongly.
constexpr Clock::duration outbox_pause = 50ms;
constexpr unsigned count_after = 20;

/// How often an output that fails is probed while there is no event for it.
constexpr Clock::duration probe_pause = 1s;

}  // namespace

bool Lane::write_now(const Event& event) {
    const bool written = waiting() == 0 && settled(event);
    if (!written || (!watched_ && output_->restless())) wake_.cancel();
    return written;
}

task<void> Lane::drain() {
    std::size_t sent = 0;
    unsigned found_none = 0;
    for (bool awake = true; awake;) {
        if (waiting() == 0) {
            awake = co_await something_waits();
            continue;
        }
        auto events = co_await outbox_.oldest(name(), chunk);
        const std::uint64_t opening = outbox_.opening();
        if (!events || events->empty()) {
            if (events && ++found_none % count_after == 0) co_await outbox_.recount();
            awake = co_await sleep_until(Clock::now() + outbox_pause);
            continue;
        }
        found_none = 0;
        for (const StoredEvent& one : *events) {
            const bool written = co_await write(one.event);
            if (!written) co_return;
            outbox_.remove(name(), one.number, opening);
            if (outbox_.opening() != opening) break;  // the file may be another one by now
            if (++sent % burst != 0) continue;
            awake = co_await sleep_until(Clock::now() + burst_pause);
            if (!awake) co_return;
        }
    }
}

/// Waits for something to drain. An output that fails is probed meanwhile: there may be no event that would
/// find out that it works again. False when the coroutine was cancelled meanwhile.
task<bool> Lane::something_waits() {
    watched_ = restless();
    wake_.expires_at(watched_ ? Clock::now() + probe_pause : Clock::time_point::max());
    auto [woken] = co_await wake_.async_wait(nothrow);
    watched_ = false;
    if (!woken) probe();
    auto state = co_await asio::this_coro::cancellation_state;
    co_return state.cancelled() == asio::cancellation_type::none;
}

/// Tries until it is written. False when cancelled.
task<bool> Lane::write(const Event& event) {
    Clock::duration pause = first_pause;
    while (!settled(event)) {
        const bool slept = co_await sleep_until(Clock::now() + pause);
        if (!slept) co_return false;
        pause = std::min(pause * 2, longest_pause);
    }
    co_return true;
}

/// One try. True when the event is done with: written, or such that it never can be.
bool Lane::settled(const Event& event) {
    const auto written = output_->write(event);
    if (written) {
        sent_.add(event.kind);
        works();
        return true;
    }
    errors_.add(label(written.error()));
    if (written.error() == errc::output_too_long) {
        log::error("an event is too long for an output and is dropped",
                   {{"output", name()}, {"kind", event.kind}});
        return true;
    }
    fails(written.error());
    return false;
}

void Lane::probe() {
    if (const auto state = output_->probe())
        works();
    else
        fails(state.error());
}

void Lane::works() {
    if (trouble_ && trouble_ != errc::output_full)
        log::info("an output works again", {{"output", name()}, {"waiting", waiting()}});
    trouble_.reset();
}

void Lane::fails(const error& why) {
    if (trouble_ != why && why != errc::output_full && complaints_.allows(Clock::now()))
        log::warning("an output fails; events wait in the state file",
                     {{"output", name()}, {"reason", label(why)}, {"detail", why.message()}});
    trouble_ = why;
    // On disk: this process may end before somebody reads again.
    if (why != errc::output_full) outbox_.put(name(), output_->take_back());
}

std::vector<Undelivered> Outputs::deliver(Event event) {
    std::vector<Undelivered> left;
    for (Lane& lane : lanes_)
        if (lane.takes(event) && !lane.write_now(event)) {
            outbox_.claim(lane.name());
            left.push_back({lane.name(), event});
        }
    return left;
}

std::size_t Outputs::copies(const Event& event) const {
    const auto takes = [&](const Lane& lane) { return lane.takes(event); };
    return static_cast<std::size_t>(std::count_if(lanes_.begin(), lanes_.end(), takes));
}

bool Outputs::deliver_or_refuse(const Event& event) {
    const auto behind = [&](const Lane& lane) { return lane.takes(event) && lane.waiting() > 0; };
    if (std::any_of(lanes_.begin(), lanes_.end(), behind)) return false;
    std::partition(order_.begin(), order_.end(),
                   [](const Lane* lane) { return lane->trouble().has_value(); });
    return std::all_of(order_.begin(), order_.end(),
                       [&](Lane* lane) { return !lane->takes(event) || lane->write_now(event); });
}

}  // namespace enrichd

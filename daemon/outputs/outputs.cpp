#include "outputs/outputs.hpp"

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
constexpr Clock::duration pause_for_each = 1ms;

/// When the outbox cannot be read, or what was claimed is not in it yet. What is not found for a second was
/// counted wrongly.
constexpr Clock::duration outbox_pause = 50ms;
constexpr unsigned count_after = 20;

/// How often an output that fails is probed while there is no event for it.
constexpr Clock::duration probe_pause = 1s;

}  // namespace

task<Sent> Output::send(std::vector<Event> events) {
    Sent sent;
    for (const Event& event : events) {
        const auto written = try_now(event);
        if (!written) {
            sent.failure = written.error();
            break;
        }
        ++sent.events;
    }
    co_return sent;
}

bool Lane::write_now(const Event& event) {
    const bool written = output_->immediate() && waiting() == 0 && try_now(event);
    if (!written || (!watched_ && output_->restless())) wake_.cancel();
    return written;
}

task<void> Lane::drain() {
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
        awake = co_await send(*std::move(events), opening);
    }
}

/// Sends events of the outbox until all are sent, or it is another file by now. False when cancelled.
task<bool> Lane::send(std::vector<StoredEvent> events, std::uint64_t opening) {
    Clock::duration pause = first_pause;
    for (std::size_t next = 0; next < events.size() && outbox_.opening() == opening;) {
        std::vector<Event> some;
        for (std::size_t i = next; i < events.size() && some.size() < burst; ++i)
            some.push_back(events[i].event);
        const std::size_t count = some.size();
        const Sent sent = co_await output_->send(std::move(some));
        std::size_t done = std::min(sent.events, count);
        for (std::size_t i = next; i < next + done; ++i) sent_.add(events[i].event.kind);
        if (done > 0) works();
        if (sent.failure == errc::cancelled) co_return false;
        if (sent.failure && done < count && failed(events[next + done].event, sent.failure)) ++done;
        for (const std::size_t end = next + done; next < end; ++next)
            outbox_.remove(name(), events[next].number, opening);
        Clock::duration wait = pause;
        if (!trouble_ && done > 0) wait = static_cast<long>(done) * pause_for_each;
        const bool slept = co_await sleep_until(Clock::now() + wait);
        if (!slept) co_return false;
        pause = done > 0 ? first_pause : std::min(pause * 2, longest_pause);
    }
    co_return true;
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

/// True when the event is done with: written, or such that it never can be.
bool Lane::try_now(const Event& event) {
    const auto written = output_->try_now(event);
    if (!written) return failed(event, written.error());
    sent_.add(event.kind);
    works();
    return true;
}

/// True when the event never can be written: it is dropped.
bool Lane::failed(const Event& event, const error& why) {
    errors_.add(label(why));
    if (why != errc::output_too_long) {
        fails(why);
        return false;
    }
    log::error("an event is too long for an output and is dropped",
               {{"output", name()}, {"kind", event.kind}});
    return true;
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
                   [](const Lane* lane) { return !lane->immediate() || lane->trouble(); });
    return std::all_of(order_.begin(), order_.end(),
                       [&](Lane* lane) { return !lane->takes(event) || lane->write_now(event); });
}

}  // namespace enrichd

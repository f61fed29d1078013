#include "output/outputs.hpp"

#include <algorithm>

namespace enrichd {
namespace {

// A full queue is drained within milliseconds; a Wazuh that restarts is away for seconds.
constexpr Clock::duration first_pause = std::chrono::milliseconds(1);
constexpr Clock::duration longest_pause = std::chrono::milliseconds(250);

}  // namespace

bool Lane::write_now(const Event& event) {
    return !turn_.busy() && settled(event);
}

task<bool> Lane::write(const Event& event) {
    auto turn = co_await turn_.take();
    if (!turn) co_return false;
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
        if (trouble_ && trouble_ != errc::output_full)
            log::info("an output works again", {{"output", name()}, {"waiting", turn_.waiting()}});
        trouble_.reset();
        return true;
    }
    errors_.add(label(written.error()));
    if (written.error() == errc::output_too_long) {
        log::error("an event is too long for an output and is dropped",
                   {{"output", name()}, {"kind", event.kind}});
        return true;
    }
    if (trouble_ != written.error() && written.error() != errc::output_full &&
        complaints_.allows(Clock::now()))
        log::warning(
            "an output fails; events wait",
            {{"output", name()}, {"reason", label(written.error())}, {"detail", written.error().message()}});
    trouble_ = written.error();
    return false;
}

task<bool> Outputs::deliver(Event event, BeforeWaiting before_waiting) {
    bool reached_one = false;
    for (Lane& lane : lanes_) {
        if (!lane.takes(event)) continue;
        if (!lane.write_now(event)) {
            before_waiting(reached_one);
            const bool written = co_await lane.write(event);
            if (!written) co_return false;
        }
        reached_one = true;
    }
    co_return true;
}

}  // namespace enrichd

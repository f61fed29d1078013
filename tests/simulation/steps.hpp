// A simulated run as a list of steps: made from a seed, cut shorter when it fails, written into a test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/chance.hpp"
#include "soak/mix.hpp"

namespace enrichd::test::simulation {

enum class Act : std::uint8_t {
    alert,         // number, of kind `what`, by the way `how`
    stats,         // the Domain Stats server does `what` of UpstreamFault from now on
    otx,           // so does OTX
    wazuh,         // its queue is read or not: `what` of QueueState
    disk,          // `what` of DiskFault, about `how` of Place
    threads,       // `what`: quick, slow, hanging
    crash,         // the process is killed; `what` system calls later
    power_loss,    // so is the machine: what was not synced is lost, torn or there
    stop,          // SIGTERM
    start,         // after either
    reload,        // with `what` of ConfigChange
    clock,         // the wall clock is set: `what` of ClockStep
    rotate,        // the followed file is renamed, and there is a new one
    sockets_away,  // somebody removes the daemon's sockets
    list,          // a local list's file: `what` of ListChange
    shared         // the shared state server does `what` of UpstreamFault from now on; 10: it loses all
};

enum class Way : std::uint8_t { packet, file, spool };
enum class QueueState : std::uint8_t { read, not_read, away, restarted };
enum class DiskFault : std::uint8_t { none, full, failing, sync_fails, hanging };
enum class Place : std::uint8_t { state, spool, events };
enum class Pace : std::uint8_t { quick, slow, hanging };
enum class ConfigChange : std::uint8_t {
    nothing,
    filter_more,
    small_cache,
    otx_off,
    otx_on,
    small_pending,
    cut_file
};
enum class ListChange : std::uint8_t { written, emptied, removed };
enum class ClockStep : std::uint8_t { hour_back, hour_on, year_on };

struct Step {
    Act act = Act::alert;
    std::uint32_t after_ms = 0;  // since the step before
    std::uint32_t what = 0;
    std::uint32_t how = 0;
    std::uint32_t number = 0;  // of an alert; the same again is the same alert again

    bool operator==(const Step&) const = default;
};
using Steps = std::vector<Step>;

/// Which faults a run may have. Fewer make it easier to see why it failed.
struct Plan {
    std::size_t alerts = 40;
    std::size_t faults = 12;
};

Steps make_steps(Chance& chance, const Plan& plan);

/// As it stands in a test.
std::string as_code(const Steps& steps);

/// Removes steps for as long as `fails` says that the rest fails too.
template <class Fails>
Steps shortened(Steps steps, const Fails& fails) {
    for (std::size_t size = steps.size() / 2; size > 0; size /= 2) {
        for (std::size_t at = 0; at < steps.size();) {
            Steps fewer = steps;
            const auto from = fewer.begin() + static_cast<std::ptrdiff_t>(at);
            fewer.erase(from, from + static_cast<std::ptrdiff_t>(std::min(size, fewer.size() - at)));
            if (fails(fewer))
                steps = std::move(fewer);
            else
                at += size;
        }
    }
    return steps;
}

/// The names of a simulation: few, so that they meet.
MixedAlert alert_of(const Step& step);

}  // namespace enrichd::test::simulation

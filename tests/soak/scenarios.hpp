// Faults at random, from a seed, and the outages that the promise is measured by. tests/e2e runs them short,
// scripts/soak long.
#pragma once

#include <cstdint>

#include "soak/world.hpp"

namespace enrichd::test {

struct KillsOptions {
    std::uint64_t seed = 1;
    std::size_t alerts = 2'000;
    std::size_t kills = 20;
    bool other_faults = true;  // Domain Stats, OTX and Wazuh fail in between too
};

/// kill -9 at random moments while alerts come from two callers.
Outcome kills(const KillsOptions& options);

/// A clean stop and a start, again and again, while alerts come. The listening socket stays with somebody
/// else, as with systemd; or each start is by systemd-socket-activate, which listens anew.
enum class SocketOf { another, activation };
Outcome restarts(SocketOf whose, std::size_t alerts, std::size_t restarts, std::chrono::milliseconds time);

struct OutageOutcome {
    Outcome outcome;
    long resident_growth = 0;                // kB, at its greatest
    std::uintmax_t state_bytes = 0;          // of the state file and its log, when the outage ended
    std::uint64_t requests = 0;              // to Domain Stats, without probes
    std::chrono::milliseconds caught_up{0};  // from its end until nothing waited any more
};

/// Wazuh's socket, or Domain Stats, is away for `time` while alerts come.
OutageOutcome wazuh_away(std::size_t alerts, std::chrono::milliseconds time);
OutageOutcome domain_stats_away(std::size_t alerts, std::chrono::milliseconds time);

}  // namespace enrichd::test

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

/// A clean stop and a start, again and again, while the listening socket stays with somebody else.
Outcome restarts(std::size_t alerts, std::size_t restarts, std::chrono::milliseconds time);

struct OutageOutcome {
    Outcome outcome;
    long resident_growth = 0;                // kB, at its greatest
    std::uint64_t requests = 0;              // to Domain Stats, without probes
    std::chrono::milliseconds caught_up{0};  // from its end until nothing waited any more
};

/// Wazuh's socket, or Domain Stats, is away for `time` while alerts come.
OutageOutcome wazuh_away(std::size_t alerts, std::chrono::milliseconds time);
OutageOutcome domain_stats_away(std::size_t alerts, std::chrono::milliseconds time);

}  // namespace enrichd::test

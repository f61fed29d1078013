// Several things fail at once, then all of them end: nothing may be left waiting, and health is ok again,
// without a restart and without a reload that comes after the last fault.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "soak/world.hpp"

namespace enrichd::test {

struct RecoveryOptions {
    std::uint64_t seed = 1;
    std::size_t rounds = 10;
    std::size_t alerts = 1'500;  // a round, more than the journal takes
    std::chrono::milliseconds faults_last{3'000};
};

struct RecoveryRound {
    std::string faults;  // what failed together
    std::chrono::milliseconds drained{0};
    bool recovered = false;  // nothing waits and health is ok, within a minute
    std::string health;      // /healthz when it was not
};

struct RecoveryOutcome {
    Outcome outcome;
    std::vector<RecoveryRound> rounds;

    bool good() const;
    std::string text() const;
};

/// The faults of each round come from the seed. The journal is small, so that its bound is reached too.
RecoveryOutcome recovery(const RecoveryOptions& options);

}  // namespace enrichd::test

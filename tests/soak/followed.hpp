// A followed file under faults: its writer rotates, compresses, dies and comes back as Wazuh's analysisd
// does, while the daemon is killed, restarted, or stopped for a while. tests/e2e runs them short,
// scripts/soak long.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "soak/world.hpp"

namespace enrichd::test {

struct FollowedOptions {
    std::uint64_t seed = 1;
    std::size_t alerts = 1'500;
    std::size_t kills = 12;             // each fifth is a clean restart instead
    bool other_faults = true;           // Domain Stats, OTX, Wazuh and the disk fail in between too
    std::chrono::milliseconds time{0};  // the alerts come evenly over it; 0: as fast as they are worked on
};

struct FollowedOutcome {
    Outcome outcome;
    std::size_t files = 1;        // that were written
    std::size_t days = 1;         // files of earlier days were compressed
    std::size_t deaths = 0;       // of the writer
    std::size_t other_lines = 0;  // that are no DNS alerts
    std::size_t gaps = 0;         // the daemon said that it may have lost something
    std::size_t truncations = 0;
    std::size_t kills = 0;       // of the daemon
    std::size_t restarts = 0;    // clean ones
    std::size_t duplicates = 0;  // alerts that the last run of the daemon knew already
    long most_resident = 0;      // kB
    bool healthy = false;        // in the end

    bool good() const { return outcome.good() && outcome.strangers == 0 && gaps == 0 && healthy; }
    std::string text() const;
};

/// kill -9 at random moments while the file is written, rotated and compressed. Expected: nothing is lost;
/// events come twice only for what was in delivery at a kill.
FollowedOutcome followed_kills(const FollowedOptions& options);

/// What happens to the file while the daemon is stopped, and what damages it. So many alerts before and after
/// each. There are only clean stops: nothing comes twice.
FollowedOutcome followed_changes(std::uint64_t seed, std::size_t alerts);

/// Each alert comes through the shim and stands in the file, at about the same time.
FollowedOutcome followed_and_sent(std::uint64_t seed, std::size_t alerts);

}  // namespace enrichd::test

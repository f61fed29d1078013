// Millions of alerts of all kinds, straight to the intake's socket, while one thing after the other fails:
// one daemon all the time, whose memory, descriptors and threads are watched.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "soak/ledger.hpp"
#include "soak/world.hpp"

namespace enrichd::test {

struct MixedOptions {
    std::uint64_t seed = 1;
    std::size_t alerts = 5'000'000;
    std::size_t rounds = 10;  // of faults: one in the first tenth, by which all that they cost is known
    std::chrono::milliseconds sample_every{500};
    std::chrono::seconds idle{25};  // is looked at, after the first tenth and at the end: longer than
                                    // connections are kept
};

/// A moment of the run.
struct Sample {
    double seconds = 0;
    std::size_t alerts = 0;
    Vitals vitals;
    std::size_t pending = 0;
    std::string faults;
};

struct MixedOutcome {
    Account account;
    std::size_t sent = 0;
    std::size_t by_shim = 0;   // the daemon did not take them at once, or each so-many-th
    std::size_t refused = 0;   // that are no alerts, as they should be
    std::size_t untaken = 0;   // by nobody: neither the daemon nor the spool
    double seconds = 0;        // of sending
    Vitals after_first_tenth;  // with nothing in work
    Vitals at_end;
    std::vector<Sample> samples;

    /// In parts of the one after the first tenth.
    double resident_growth() const;
    bool good() const { return account.good() && untaken == 0; }
    bool flat() const;
    std::string text() const;

    /// One line a sample, after some that say what the run was.
    void write_csv(const std::string& file) const;
};

MixedOutcome mixed(const MixedOptions& options);

}  // namespace enrichd::test

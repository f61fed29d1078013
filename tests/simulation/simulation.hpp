// One simulated run: the whole daemon, with everything around it, in one thread and in simulated time. All
// that happens follows from the seed and the steps, to the last byte of the log. docs/dev/simulation.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/steps.hpp"

namespace enrichd::test::simulation {

struct Outcome {
    std::vector<std::string> wrong;  // empty: the run is good
    std::string log;                 // of the daemon and of the world
    std::uint64_t alerts = 0;        // accepted
    double hours = 0;                // simulated
    bool failed_one = false;         // the change that was to fail was reached
    bool good() const { return wrong.empty(); }
};

struct RunSettings {
    std::uint64_t seed = 1;
    Steps steps;
    std::uint64_t fail_change = 0;  // of the daemon's system calls the one that fails; 0: none
    int failure = 0;                // with this error
};

/// Everything it needs is below `directory`, which is emptied. The process is one thread's alone.
Outcome simulate(const RunSettings& settings, const std::string& directory);

/// The main ways of an alert, for every change of a file and every message that could fail in them.
struct Scenario {
    const char* name;
    Steps steps;
};
const std::vector<Scenario>& scenarios();

/// Fails the first system call that changes something, then the second, and so on, until there is none left.
/// What is wrong first, or nothing; `calls` is their number. `stride`: 1 for all of them, 2 for each
/// second.
std::string fail_every_change(const Scenario& scenario, int failure, std::uint64_t stride,
                              std::uint64_t& calls);

/// A seed's own steps.
RunSettings settings_of(std::uint64_t seed);

/// In memory where there is such a file system; removed when the process ends.
std::string simulation_directory();

}  // namespace enrichd::test::simulation

// A month of a fleet, made up: what its people and programs ask for, and five infections among it. It goes
// through the real pipeline with the real model, lists, bursts and state file; ages come from a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace enrichd::test {

struct MonthOptions {
    unsigned agents = 2'000;
    unsigned days = 30;
    unsigned queries = 20;       // of an agent, a day
    unsigned new_domains = 500;  // that nobody there asked for before, a day
};

struct MonthResult {
    std::uint64_t alerts = 0;
    std::uint64_t events = 0;
    /// Events of severity medium and above that no infection gave, by day, after the week of learning.
    std::map<unsigned, unsigned> alarms;
    std::vector<std::string> examples;  // of these, some
    /// The highest severity of an event about each infection; empty when there is none.
    std::map<std::string, std::string> infections;
};

/// The same each time.
MonthResult replay_month(const MonthOptions& options);

}  // namespace enrichd::test

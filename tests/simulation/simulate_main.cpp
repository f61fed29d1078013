// scripts/simulate: runs of many seeds, or of one; what fails is cut shorter and printed.
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

#include "app/signals.hpp"
#include "simulation/simulation.hpp"

namespace enrichd::test::simulation {
namespace {

struct Arguments {
    std::uint64_t seed = 1;
    std::uint64_t runs = 1'000;
    double minutes = 0;
    bool log = false;
    bool shorten = true;
    bool every_change = false;
    int most_failures = 20;
};

/// What is wrong, without names and numbers.
std::string kind_of(const Outcome& outcome) {
    std::string kind;
    for (const char c : outcome.wrong.front())
        if ((c >= 'a' && c <= 'z') || c == ' ') kind.push_back(c);
    return kind.substr(0, 24);
}

void report(const RunSettings& settings, const Outcome& outcome, const Arguments& arguments) {
    std::cout << "\nseed " << settings.seed << " fails:\n";
    for (const std::string& sentence : outcome.wrong) std::cout << "  " << sentence << std::endl;
    if (!arguments.shorten) return;
    const auto fails = [&](const Steps& steps) {
        RunSettings fewer = settings;
        fewer.steps = steps;
        const Outcome of_fewer = simulate(fewer, simulation_directory());
        return !of_fewer.good() && kind_of(of_fewer) == kind_of(outcome);
    };
    RunSettings shortest = settings;
    shortest.steps = shortened(settings.steps, fails);
    const Outcome last = simulate(shortest, simulation_directory());
    std::cout << "the shortest list of steps, with seed " << settings.seed << ":\n"
              << as_code(shortest.steps);
    if (arguments.log) std::cout << last.log;
    for (const std::string& sentence : last.wrong) std::cout << "  " << sentence << "\n";
}

int simulate_seeds(const Arguments& arguments) {
    const auto begun = std::chrono::steady_clock::now();
    const auto over = [&] {
        const std::chrono::duration<double, std::ratio<60>> passed = std::chrono::steady_clock::now() - begun;
        return arguments.minutes > 0 && passed.count() > arguments.minutes;
    };
    std::uint64_t runs = 0;
    std::uint64_t alerts = 0;
    double hours = 0;
    int failed = 0;
    for (std::uint64_t seed = arguments.seed; runs < arguments.runs && !over(); ++seed, ++runs) {
        const RunSettings settings = settings_of(seed);
        const Outcome outcome = simulate(settings, simulation_directory());
        alerts += outcome.alerts;
        hours += outcome.hours;
        if (arguments.log) std::cout << as_code(settings.steps) << outcome.log;
        if (outcome.good()) continue;
        report(settings, outcome, arguments);
        if (++failed == arguments.most_failures) break;
    }
    std::cout << runs << " runs, " << alerts << " alerts, " << static_cast<std::uint64_t>(hours)
              << " simulated hours, " << failed << " failed\n";
    return failed > 0 ? 1 : 0;
}

int every_change(int most_failures) {
    int failed = 0;
    for (const Scenario& scenario : scenarios())
        for (const int failure : {EIO, ENOSPC}) {
            std::uint64_t calls = 0;
            const std::string wrong = fail_every_change(scenario, failure, 1, calls);
            std::cout << scenario.name << ", error " << failure << ": "
                      << (wrong.empty() ? std::to_string(calls - 1) + " changes, nothing wrong" : wrong)
                      << std::endl;
            failed += wrong.empty() ? 0 : 1;
            if (failed == most_failures) return 1;
        }
    return failed > 0 ? 1 : 0;
}

int main_of(int count, char** values) {
    CLI::App app("Simulated runs of the daemon: docs/dev/simulation.md");
    Arguments arguments;
    app.add_option("--seed", arguments.seed, "the first one");
    app.add_option("--runs", arguments.runs, "number of seeds");
    app.add_option("--minutes", arguments.minutes, "no run begins later");
    app.add_flag("--every-change", arguments.every_change,
                 "fail each change of a file and each message in turn, in the main scenarios");
    app.add_flag_callback(
        "--first", [&] { arguments.most_failures = 1; }, "end at the first that fails");
    app.add_flag("--log", arguments.log, "print steps and log of each");
    app.add_flag("!--whole", arguments.shorten, "do not cut what fails shorter");
    CLI11_PARSE(app, count, values);
    signals::prepare();
    return arguments.every_change ? every_change(arguments.most_failures) : simulate_seeds(arguments);
}

}  // namespace
}  // namespace enrichd::test::simulation

int main(int count, char** values) {
    return enrichd::test::simulation::main_of(count, values);
}

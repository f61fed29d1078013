// scripts/soak: the fault scenarios, long, with a seed that brings the same again.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>

#include "soak/followed.hpp"
#include "soak/mixed.hpp"
#include "soak/recovery.hpp"
#include "soak/scenarios.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

// Times and memory are the program's that ships; under sanitizers only losses count.
#ifdef ENRICHD_SANITIZED
constexpr bool measured = false;
#else
constexpr bool measured = true;
#endif

struct Settings {
    KillsOptions kills{1, 20'000, 200, true};
    MixedOptions mixed;
    RecoveryOptions recovery{1, 30};
    FollowedOptions followed{1, 20'000, 200};
    std::chrono::seconds hour{3600};
    std::string csv;
    std::chrono::seconds outage{60};
    std::size_t rate = 200;
};

bool report(const std::string& scenario, const Outcome& outcome, bool good) {
    std::printf("%s: %s\n  %s\n", scenario.c_str(), good ? "good" : "BAD", outcome.text().c_str());
    std::fflush(stdout);
    return good;
}

bool run_kills(const Settings& settings, bool others) {
    KillsOptions options = settings.kills;
    options.other_faults = others;
    const Outcome outcome = kills(options);
    return report(
        std::to_string(options.kills) + " times kill -9 during " + std::to_string(options.alerts) +
            " alerts" + (others ? ", other faults between" : "") + ", seed " + std::to_string(options.seed),
        outcome,
        outcome.good() && outcome.refused == 0 && outcome.repeated <= 5 * options.kills + outcome.resendable);
}

bool run_restarts(SocketOf whose) {
    const Outcome outcome = restarts(whose, 4'000, 10, 40s);
    const char* how =
        whose == SocketOf::another ? ", the socket held by another" : ", by systemd-socket-activate";
    return report(std::string("10 restarts during 4000 alerts in 40 s") + how, outcome,
                  outcome.good() && outcome.refused == 0 && (!measured || outcome.slowest_shim < 300ms));
}

bool report(const std::string& what, const OutageOutcome& out, bool good) {
    const bool fine = report(what, out.outcome, good);
    std::printf(
        "  memory grew by %.1f MB; state file %.1f MB; %llu requests to Domain Stats; caught up after %.1f "
        "s\n",
        static_cast<double>(out.resident_growth) / 1024, static_cast<double>(out.state_bytes) / 1024 / 1024,
        static_cast<unsigned long long>(out.requests), static_cast<double>(out.caught_up.count()) / 1000);
    return fine;
}

std::string away(const char* who, const Settings& settings) {
    return std::string(who) + " away for " + std::to_string(settings.outage.count()) + " s at " +
           std::to_string(settings.rate) + " alerts/s";
}

bool run_wazuh_away(const Settings& settings) {
    const auto alerts = settings.rate * static_cast<std::size_t>(settings.outage.count());
    const OutageOutcome out = wazuh_away(alerts, settings.outage);
    return report(away("Wazuh", settings), out,
                  out.outcome.good() && out.outcome.in_order && out.outcome.repeated <= 1 &&
                      (!measured || out.resident_growth < 20 * 1024));
}

bool run_domain_stats_away(const Settings& settings) {
    const auto alerts = settings.rate * static_cast<std::size_t>(settings.outage.count());
    const OutageOutcome out = domain_stats_away(alerts, settings.outage);
    return report(
        away("Domain Stats", settings), out,
        out.outcome.good() && out.outcome.errors <= 2 && out.requests == alerts && out.outcome.repeated == 0);
}

bool run_recovery(const Settings& settings) {
    RecoveryOptions options = settings.recovery;
    const RecoveryOutcome out = recovery(options);
    std::printf("several faults at once, then none, %zu times, seed %llu: %s\n  %s\n", options.rounds,
                static_cast<unsigned long long>(options.seed), out.good() ? "good" : "BAD",
                out.text().c_str());
    std::fflush(stdout);
    return out.good();
}

bool run_mixed(const Settings& settings) {
    MixedOptions options = settings.mixed;
    options.rounds = std::clamp<std::size_t>(options.alerts / 100'000, 1, options.rounds);
    const MixedOutcome out = mixed(options);
    if (!settings.csv.empty()) out.write_csv(settings.csv);
    const bool good = out.good() && out.flat();
    std::printf("alerts of all kinds while one thing after the other fails, seed %llu: %s\n  %s\n",
                static_cast<unsigned long long>(settings.mixed.seed), good ? "good" : "BAD",
                out.text().c_str());
    std::fflush(stdout);
    return good;
}

bool report(const std::string& what, const FollowedOutcome& out, bool good) {
    std::printf("%s: %s\n  %s\n", what.c_str(), good ? "good" : "BAD", out.text().c_str());
    std::fflush(stdout);
    return good;
}

/// What had an event and was not saved as read at a kill: it may come again.
std::size_t may_repeat(const FollowedOutcome& out) {
    return 20 * out.kills + out.outcome.resendable;
}

bool run_followed_kills(const Settings& settings, bool others) {
    FollowedOptions options = settings.followed;
    options.other_faults = others;
    const FollowedOutcome out = followed_kills(options);
    return report("a followed file of " + std::to_string(options.alerts) + " alerts, the daemon stopped " +
                      std::to_string(options.kills) + " times" + (others ? ", other faults between" : "") +
                      ", seed " + std::to_string(options.seed),
                  out, out.good() && out.truncations == 0 && out.outcome.repeated <= may_repeat(out));
}

bool run_followed_changes(const Settings& settings) {
    const FollowedOutcome out = followed_changes(settings.followed.seed, 1'000);
    return report("a followed file that changes, the daemon stopped meanwhile", out,
                  out.good() && out.truncations == 2 && out.outcome.repeated == 0);
}

bool run_followed_and_sent(const Settings& settings) {
    const std::size_t alerts = settings.followed.alerts / 2;
    const FollowedOutcome out = followed_and_sent(settings.followed.seed, alerts);
    return report(std::to_string(alerts) + " alerts through the shim and in a followed file", out,
                  out.good() && out.outcome.repeated == 0 && out.outcome.refused == 0);
}

bool run_followed_hour(const Settings& settings) {
    FollowedOptions options = settings.followed;
    options.time = settings.hour;
    options.alerts = settings.rate * static_cast<std::size_t>(settings.hour.count());
    const FollowedOutcome out = followed_kills(options);
    return report("a followed file for " + std::to_string(settings.hour.count()) + " s at " +
                      std::to_string(settings.rate) + " alerts/s, the daemon stopped " +
                      std::to_string(options.kills) + " times, seed " + std::to_string(options.seed),
                  out, out.good() && out.truncations == 0 && out.outcome.repeated <= may_repeat(out));
}

/// One name for several.
void split_up(std::vector<std::string>& scenarios, const std::string& name,
              std::initializer_list<std::string> parts) {
    const auto found = std::find(scenarios.begin(), scenarios.end(), name);
    if (found != scenarios.end()) scenarios.insert(scenarios.erase(found), parts);
}

int usage(const char* program) {
    std::fprintf(
        stderr,
        "Usage: %s [--seed N] [--alerts N] [--kills N] [--seconds N] [--rate N] [--csv FILE] "
        "[SCENARIO...]\n"
        "Scenarios: kills, kills-alone, restarts, activation, wazuh-away, domain-stats-away, recovery, "
        "files (files-kills, files-changes, files-and-shim); default these; and mixed, files-hour.\n",
        program);
    return 2;
}

int run(int argc, char** argv) {
    Settings settings;
    std::vector<std::string> scenarios;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (!argument.starts_with("--")) {
            scenarios.push_back(argument);
            continue;
        }
        if (i + 1 == argc) return usage(argv[0]);
        const std::uint64_t value = std::strtoull(argv[++i], nullptr, 10);
        if (argument == "--seed")
            settings.kills.seed = settings.mixed.seed = settings.recovery.seed = settings.followed.seed =
                value;
        else if (argument == "--alerts")
            settings.kills.alerts = settings.mixed.alerts = settings.followed.alerts = value;
        else if (argument == "--csv")
            settings.csv = argv[i];
        else if (argument == "--kills")
            settings.kills.kills = settings.followed.kills = value;
        else if (argument == "--seconds")
            settings.outage = settings.hour = std::chrono::seconds(value);
        else if (argument == "--rate")
            settings.rate = value;
        else
            return usage(argv[0]);
    }
    if (scenarios.empty())
        scenarios = {"kills",      "kills-alone",       "restarts", "activation",
                     "wazuh-away", "domain-stats-away", "recovery", "files"};
    split_up(scenarios, "files", {"files-kills", "files-changes", "files-and-shim"});
    bool good = true;
    for (const std::string& scenario : scenarios) {
        if (scenario == "kills")
            good &= run_kills(settings, true);
        else if (scenario == "kills-alone")
            good &= run_kills(settings, false);
        else if (scenario == "restarts")
            good &= run_restarts(SocketOf::another);
        else if (scenario == "activation")
            good &= run_restarts(SocketOf::activation);
        else if (scenario == "wazuh-away")
            good &= run_wazuh_away(settings);
        else if (scenario == "domain-stats-away")
            good &= run_domain_stats_away(settings);
        else if (scenario == "recovery")
            good &= run_recovery(settings);
        else if (scenario == "files-kills")
            for (const bool others : {true, false}) good &= run_followed_kills(settings, others);
        else if (scenario == "files-changes")
            good &= run_followed_changes(settings);
        else if (scenario == "files-and-shim")
            good &= run_followed_and_sent(settings);
        else if (scenario == "files-hour")
            good &= run_followed_hour(settings);
        else if (scenario == "mixed")
            good &= run_mixed(settings);
        else
            return usage(argv[0]);
    }
    return good ? 0 : 1;
}

}  // namespace
}  // namespace enrichd::test

int main(int argc, char** argv) {
    try {
        return enrichd::test::run(argc, argv);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "soak: %s\n", e.what());
        return 1;
    }
}

// What one machine can do to the daemon, with the real programs: nothing that the shim was told is safe is
// lost.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/clock.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "soak/followed.hpp"
#include "soak/mixed.hpp"
#include "soak/recovery.hpp"
#include "soak/scenarios.hpp"
#include "support/alerts.hpp"
#include "support/share.hpp"
#include "support/wait.hpp"

namespace enrichd::test::faults_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;
using fakes::Fault;

#ifndef __has_feature  // g++
#define __has_feature(feature) 0
#endif

TEST(Faults, KillsAtRandomMomentsWhileEverythingElseFailsTooLoseNothing) {
    const Outcome outcome = kills({7, 2'000 / share, 20 / share, true});
    EXPECT_TRUE(outcome.good()) << outcome.text();
    EXPECT_EQ(outcome.accepted, 2'000 / share);
    EXPECT_LE(outcome.repeated, 20 / share * 20 + outcome.resendable)
        << "only what was in delivery, or was sent just before Wazuh left: " << outcome.text();
}

TEST(Faults, RestartsUnderLoadLoseNothingAndKeepNobodyWaiting) {
    const Outcome outcome = restarts(SocketOf::another, 300 / share, 3, 3s);
    EXPECT_TRUE(outcome.good()) << outcome.text();
    EXPECT_EQ(outcome.refused, 0U);
    EXPECT_EQ(outcome.repeated, 0U) << "a clean stop repeats nothing";
}

TEST(Faults, EventsWaitForWazuhOnDiskAndGoOutInOrder) {
    const OutageOutcome out = wazuh_away(1'000 / share, 0s);
    EXPECT_TRUE(out.outcome.good()) << out.outcome.text();
    EXPECT_TRUE(out.outcome.in_order);
    EXPECT_LE(out.outcome.repeated, 1U) << "what Wazuh was sent just before it left";
#ifndef ENRICHD_SANITIZED
    EXPECT_LT(out.resident_growth, 20 * 1024);
#endif
}

TEST(Faults, AlertsWaitForDomainStatsOnDiskAndEachDomainIsAskedOnce) {
    const auto begun = std::chrono::steady_clock::now();
    const OutageOutcome out = domain_stats_away(3'000 / share, 0s);
    const std::chrono::duration<double, std::ratio<60>> minutes = std::chrono::steady_clock::now() - begun;
    EXPECT_TRUE(out.outcome.good()) << out.outcome.text();
    EXPECT_EQ(out.requests, 3'000 / share);
    EXPECT_LE(out.outcome.errors, 2 + static_cast<std::size_t>(minutes.count())) << "one a minute";
    EXPECT_EQ(out.outcome.repeated, 0U);
#ifndef ENRICHD_SANITIZED
    EXPECT_LT(out.resident_growth, 20 * 1024);
#endif
}

TEST(Faults, AlertsOfAllKindsAtOnceWhileOneThingAfterTheOtherFailsAreNotLost) {
    MixedOptions options{7, 20'000 / share, 1};
    options.idle = 2s;
    const MixedOutcome out = mixed(options);
    EXPECT_TRUE(out.good()) << out.text();
    EXPECT_EQ(out.sent, 20'000 / share);
    EXPECT_GT(out.refused, 0U);
    constexpr std::size_t kept = 4;  // connections to OTX, dropped later
    EXPECT_LE(out.at_end.descriptors, out.after_first_tenth.descriptors + kept) << out.text();
    EXPECT_EQ(out.at_end.threads, out.after_first_tenth.threads);
}

TEST(Faults, WhenAllFaultsHaveEndedNothingWaitsAndHealthIsOkWithinAMinute) {
    RecoveryOptions options{3, 2};
    options.alerts = 1'500 / share;
    const RecoveryOutcome out = recovery(options);
    EXPECT_TRUE(out.good()) << out.text();
    EXPECT_EQ(out.rounds.size(), options.rounds);
}

TEST(Faults, KillsWhileAFollowedFileIsWrittenRotatedAndCompressedLoseNothing) {
    const FollowedOutcome out = followed_kills({7, 1'000 / share, 8 / share, true});
    EXPECT_TRUE(out.good()) << out.text();
    EXPECT_GT(out.kills, 0U);
    EXPECT_GT(out.files, 1U);
    EXPECT_EQ(out.truncations, 0U);
    EXPECT_LE(out.outcome.repeated, 20 * out.kills + out.outcome.resendable)
        << "only what was in delivery, or was sent just before Wazuh left: " << out.text();
}

TEST(Faults, WhatHappensToAFollowedFileWhileTheDaemonIsStoppedIsReadOnce) {
    const FollowedOutcome out = followed_changes(7, 60 / share);
    EXPECT_TRUE(out.good()) << out.text();
    EXPECT_EQ(out.truncations, 2U) << "one while it ran, one while it was stopped";
    EXPECT_GT(out.deaths, 0U);
    EXPECT_EQ(out.outcome.repeated, 0U) << "a clean stop repeats nothing: " << out.text();
}

TEST(Faults, AlertsThatComeByTheShimAndByAFollowedFileAreReportedOnce) {
    const FollowedOutcome out = followed_and_sent(7, 300 / share);
    EXPECT_TRUE(out.good()) << out.text();
    EXPECT_EQ(out.outcome.refused, 0U);
    EXPECT_EQ(out.outcome.repeated, 0U) << out.text();
}

TEST(Faults, AKillBetweenTheAnswerAndItsEventReportsTheFirstContactOnce) {
    FakeDomainStats server;
    server.delay(100ms);
    DaemonUnderTest daemon(server.url());
    daemon.start();
    ASSERT_TRUE(eventually([&] { return server.counts().answers == 1; })) << "to the probe at the start";
    daemon.shim(alert_for("www.new-site.com"));
    ASSERT_TRUE(eventually([&] { return server.counts().requests == 1; }));
    daemon.process().signal(SIGSTOP);
    ASSERT_TRUE(eventually([&] { return server.counts().answers == 2; })) << "it lies in the daemon's socket";
    EXPECT_TRUE(daemon.events().empty());
    daemon.crash();

    server.delay(0ms);
    daemon.start();
    EXPECT_EQ(first_contacts(daemon.wait_for_events(1)), 1U);
    daemon.shim(alert_for("mail.new-site.com", "2"));
    EXPECT_EQ(first_contacts(daemon.wait_for_events(2)), 1U);
}

TEST(Faults, TheSameHoldsForAServerOfAnotherZoneOnceItWasLearnt) {
    FakeDomainStats server;
    server.timezone_offset(-5);
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("www.new-teacher.com"));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);
    server.delay(100ms);
    daemon.shim(alert_for("www.new-site.com", "2"));
    ASSERT_TRUE(eventually([&] { return server.counts().requests == 2; }));
    daemon.crash();
    server.delay(0ms);
    daemon.start();
    EXPECT_EQ(first_contacts(daemon.wait_for_events(2)), 2U);
}

TEST(Faults, WithoutDescriptorsAlertsAreSpooledAndTakenWhenThereAreSome) {
#if __has_feature(undefined_behavior_sanitizer)
    GTEST_SKIP() << "without descriptors UBSan takes every object for a wild one: it looks through a pipe";
#endif
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("www.new-first.com", "0"));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);
    const auto limit = [&](rlim_t number) {
        rlimit limits{};
        ASSERT_EQ(::prlimit(daemon.process().pid(), RLIMIT_NOFILE, nullptr, &limits), 0);
        limits.rlim_cur = number;
        ASSERT_EQ(::prlimit(daemon.process().pid(), RLIMIT_NOFILE, &limits, nullptr), 0);
    };
    limit(8);  // fewer than are open
    for (int i = 1; i <= 5; ++i) {
        const ShimRun run =
            daemon.shim(alert_for("www.new-" + std::to_string(i) + ".com", std::to_string(i)));
        EXPECT_EQ(run.exit_code, 0);
    }
    EXPECT_EQ(count_files(daemon.spool() / "new"), 5U);
    limit(1024);
    EXPECT_EQ(daemon.wait_for_events(6).size(), 6U);
    EXPECT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
}

TEST(Faults, ADaemonThatStandsStillLosesNothingAndItsAlertsComeOnceWhenItGoesOn) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.process().signal(SIGSTOP);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(
            daemon.shim(alert_for("www.new-" + std::to_string(i) + ".com", std::to_string(i))).exit_code, 0);
    EXPECT_EQ(count_files(daemon.spool() / "new"), 20U);
    daemon.process().signal(SIGCONT);
    EXPECT_EQ(daemon.wait_for_events(20).size(), 20U);
    EXPECT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
    EXPECT_TRUE(eventually([&] { return daemon.metric("enrichd_spool_files") == 0; }));
    EXPECT_EQ(daemon.events().size(), 20U);
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_received_total{source="socket"})") +
                  daemon.metric(R"(enrichd_alerts_received_total{source="spool"})"),
              20);
}

/// Of all threads.
std::uint64_t voluntary_switches(pid_t pid) {
    std::uint64_t sum = 0;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        const std::string status = read_file(thread.path() / "status");
        const std::string_view key = "\nvoluntary_ctxt_switches:";
        const std::size_t at = status.find(key);
        if (at != std::string::npos) sum += std::stoull(status.substr(at + key.size()));
    }
    return sum;
}

TEST(Faults, AnIdleDaemonSleeps) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("www.new.com"));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);
    const std::uint64_t before = voluntary_switches(daemon.process().pid());
    const auto begun = Clock::now();
    EXPECT_TRUE(eventually([&] { return Clock::now() > begun + 5s; }));
    const std::uint64_t switches = voluntary_switches(daemon.process().pid()) - before;
#ifndef ENRICHD_SANITIZED  // ThreadSanitizer has a thread of its own that wakes ten times a second
    EXPECT_LE(switches, 15U * 5) << "a poll each 20 ms makes 250";
#else
    EXPECT_LE(switches, 30U * 5);
#endif
}

TEST(Faults, ClockJumpsLoseNothingAndEndNoAlertBeforeItsTime) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.environment["LD_PRELOAD"] = CLOCK_JUMP_LIBRARY;
    daemon.environment["CLOCK_JUMP"] = daemon.home() / "jump";
    write_file(daemon.home() / "jump", "0");
    daemon.start();
    server.fail_always(Fault::status_503);
    daemon.shim(alert_for("www.new-a.com", "1"));
    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_pending") == 1; }));
    write_file(daemon.home() / "jump", std::to_string(365 * 86'400));
    daemon.shim(alert_for("www.new-b.com", "2"));
    daemon.crash();
    write_file(daemon.home() / "jump", std::to_string(-365 * 86'400));
    daemon.start();
    daemon.shim(alert_for("www.new-c.com", "3"));
    daemon.stop();
    write_file(daemon.home() / "jump", "0");
    daemon.start();
    server.fail_always(std::nullopt);

    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_pending") == 0; })) << daemon.log();
    std::set<std::string> told;
    for (const auto& event : daemon.events())
        if (!event["event"]["dnsstat"].contains("error"))
            told.insert(event["event"]["dnsstat"]["query"].get<std::string>());
    EXPECT_EQ(told, (std::set<std::string>{"www.new-a.com", "www.new-b.com", "www.new-c.com"}));
}

}  // namespace
}  // namespace enrichd::test::faults_test

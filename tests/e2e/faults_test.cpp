// What one machine can do to the daemon, with the real programs: nothing that the shim was told is safe is
// lost.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_wazuh_queue.hpp"
#include "soak/scenarios.hpp"
#include "support/alerts.hpp"
#include "support/wait.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;
using fakes::FakeWazuhQueue;
using fakes::Fault;

#ifdef ENRICHD_SANITIZED
constexpr std::size_t share = 4;  // of the work: all is slower
#else
constexpr std::size_t share = 1;
#endif

/// A small disk of its own.
class SmallDisk {
  public:
    SmallDisk(std::filesystem::path path, const char* options) : path_(std::move(path)) {
        std::filesystem::create_directories(path_);
        there_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, options) == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (there_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    bool there() const { return there_; }
    void fill() {
        std::ofstream file(path_ / "ballast", std::ios::binary);
        const std::string piece(4096, 'x');
        while (file.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
        }
    }
    void empty() { std::filesystem::remove(path_ / "ballast"); }
    void read_only(bool yes) {
        ASSERT_EQ(::mount("tmpfs", path_.c_str(), "tmpfs",
                          MS_REMOUNT | (yes ? static_cast<unsigned long>(MS_RDONLY) : 0UL), nullptr),
                  0);
    }

  private:
    std::filesystem::path path_;
    bool there_ = false;
};

#ifndef __has_feature  // g++
#define __has_feature(feature) 0
#endif

#define NEEDS_A_DISK(disk) \
    if (!(disk).there()) GTEST_SKIP() << "mounting a tmpfs needs root"

std::string state_check(const DaemonUnderTest& daemon) {
    const auto health = nlohmann::json::parse(daemon.get("/healthz"), nullptr, false);
    return health.value("/checks/state/status"_json_pointer, "") + ": " +
           health.value("/checks/state/detail"_json_pointer, "");
}

bool becomes(const DaemonUnderTest& daemon, const std::string& check) {
    return eventually([&] { return state_check(daemon).starts_with(check); });
}

TEST(Faults, KillsAtRandomMomentsWhileEverythingElseFailsTooLoseNothing) {
    const Outcome outcome = kills({7, 2'000 / share, 20 / share, true});
    EXPECT_TRUE(outcome.good()) << outcome.text();
    EXPECT_EQ(outcome.accepted, 2'000 / share);
    EXPECT_LE(outcome.repeated, 20 / share * 20) << "only what was in delivery";
}

TEST(Faults, RestartsUnderLoadLoseNothingAndKeepNobodyWaiting) {
    const Outcome outcome = restarts(SocketOf::another, 300 / share, 3, 3s);
    EXPECT_TRUE(outcome.good()) << outcome.text();
    EXPECT_EQ(outcome.refused, 0U);
    EXPECT_EQ(outcome.repeated, 0U) << "a clean stop repeats nothing";
#ifndef ENRICHD_SANITIZED
    EXPECT_LT(outcome.slowest_shim, 300ms);
#endif
}

TEST(Faults, EventsWaitForWazuhOnDiskAndGoOutInOrder) {
    const OutageOutcome out = wazuh_away(1'000 / share, 0s);
    EXPECT_TRUE(out.outcome.good()) << out.outcome.text();
    EXPECT_TRUE(out.outcome.in_order);
    EXPECT_EQ(out.outcome.repeated, 0U);
#ifndef ENRICHD_SANITIZED
    EXPECT_LT(out.resident_growth, 20 * 1024);
#endif
}

TEST(Faults, AlertsWaitForDomainStatsOnDiskAndEachDomainIsAskedOnce) {
    const OutageOutcome out = domain_stats_away(3'000 / share, 0s);
    EXPECT_TRUE(out.outcome.good()) << out.outcome.text();
    EXPECT_EQ(out.requests, 3'000 / share);
    EXPECT_LE(out.outcome.errors, 2U);
    EXPECT_EQ(out.outcome.repeated, 0U);
#ifndef ENRICHD_SANITIZED
    EXPECT_LT(out.resident_growth, 20 * 1024);
#endif
}

TEST(Faults, AKillBetweenTheAnswerAndItsEventReportsTheFirstContactOnce) {
    FakeDomainStats server;
    server.delay(100ms);
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("www.new-site.com"));
    ASSERT_TRUE(eventually([&] { return server.counts().requests == 1; }));
    daemon.process().signal(SIGSTOP);
    ASSERT_TRUE(eventually([&] { return server.counts().answers == 1; })) << "it lies in the daemon's socket";
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

TEST(Faults, ARestartKnowsTheVerdictsAndAsksNobody) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    for (int i = 0; i < 50; ++i)
        daemon.shim(alert_for("www.new-" + std::to_string(i) + ".com", std::to_string(i)));
    ASSERT_EQ(daemon.wait_for_events(50).size(), 50U);
    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_state_writes_waiting") == 0; }));
    daemon.crash();
    daemon.start();
    for (int i = 0; i < 50; ++i)
        daemon.shim(alert_for("mail.new-" + std::to_string(i) + ".com", std::to_string(100 + i)));
    const auto events = daemon.wait_for_events(100);
    EXPECT_EQ(events.size(), 100U);
    EXPECT_EQ(first_contacts(events), 50U);
    EXPECT_EQ(server.counts().requests, 50U);
}

TEST(Faults, AnAlertThatComesAgainAfterARestartIsWorkedOnOnce) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("www.new-site.com", "1"));
    daemon.shim(alert_for("mail.new-site.com", "2"));  // from memory: nothing of it was written
    ASSERT_EQ(daemon.wait_for_events(2).size(), 2U);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_EQ(daemon.shim(alert_for("www.new-site.com", "1")).exit_code, 0);  // into the spool
    daemon.start();
    EXPECT_EQ(daemon.shim(alert_for("mail.new-site.com", "2")).exit_code, 0);
    ASSERT_TRUE(
        eventually([&] { return daemon.metric(R"(enrichd_alerts_duplicate_total{source="spool"})") == 1; }));
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_duplicate_total{source="socket"})"), 1);
    EXPECT_EQ(daemon.events().size(), 2U);
    EXPECT_EQ(count_files(daemon.spool() / "new"), 0U);
}

TEST(Faults, WhatIsKnownWritesNothingToTheDisk) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "outputs:\n  wazuh: true\n");
    FakeWazuhQueue queue(daemon.wazuh_home());
    daemon.start();
    daemon.shim(alert_for("www.new-site.com", "0"));
    ASSERT_TRUE(eventually([&] { return queue.messages().size() == 1; }));
    daemon.stop();
    daemon.start();  // nothing is left to be synced: it knows the verdict from the file
    const auto written = [&] {
        const std::string io = read_file("/proc/" + std::to_string(daemon.process().pid()) + "/io");
        return std::stoll(io.substr(io.find("\nwrite_bytes:") + 13));
    };
    const double works = daemon.metric("enrichd_state_writes_total");
    const auto before = written();
    for (int i = 1; i <= 200; ++i) {
        daemon.shim(alert_for("host" + std::to_string(i) + ".new-site.com", std::to_string(i)));
        queue.messages();
    }
    ASSERT_TRUE(eventually([&] { return queue.messages().size() == 201; }));
    EXPECT_EQ(written(), before);
    EXPECT_EQ(daemon.metric("enrichd_state_writes_total"), works);
}

TEST(Faults, AFullDiskDegradesAlertsAreSpooledAndAllGoesOnWhenThereIsRoom) {
    const TempDir dir;
    SmallDisk disk(dir / "state", "size=2m");
    NEEDS_A_DISK(disk);
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "state:\n  directory: " + (dir / "state").string() + "\n");
    daemon.start();
    daemon.shim(alert_for("www.new-before.com", "0"));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);

    disk.fill();
    for (int i = 1; i <= 20; ++i) {
        const ShimRun run =
            daemon.shim(alert_for("www.new-" + std::to_string(i) + ".com", std::to_string(i)));
        EXPECT_EQ(run.exit_code, 0) << run.output;
    }
    ASSERT_TRUE(becomes(daemon, "degraded: the disk of the state file is full")) << state_check(daemon);
    EXPECT_EQ(daemon.get("/readyz"), "ready\n");
    EXPECT_GT(count_files(daemon.spool() / "new"), 0U);
    daemon.shim(alert_for("mail.new-before.com", "21"));
    EXPECT_TRUE(eventually([&] {
        const auto events = daemon.events();
        return std::any_of(events.begin(), events.end(), [](const auto& one) {
            return one["event"]["dnsstat"]["query"] == "mail.new-before.com";
        });
    })) << "what is known is told";

    disk.empty();
    const auto events = daemon.wait_for_events(22, 20s);
    EXPECT_EQ(events.size(), 22U);
    EXPECT_EQ(first_contacts(events), 21U);
    EXPECT_TRUE(becomes(daemon, "ok")) << state_check(daemon);
    EXPECT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
}

TEST(Faults, WhenTheSpoolsDiskIsFullTooTheShimSaysSoInOneLine) {
    const TempDir dir;
    SmallDisk disk(dir / "disk", "size=1m");
    NEEDS_A_DISK(disk);
    std::filesystem::create_directories(dir / "disk/spool");
    disk.fill();
    write_file(dir / "alert", alert_for("www.new-site.com"));
    Child shim({ENRICH_SHIM_PROGRAM,
                {"integrations", dir / "alert"},
                {{"ENRICHD_SOCKET", dir / "nobody"}, {"ENRICHD_SPOOL", dir / "disk/spool"}},
                {}});
    const std::string said = shim.output();
    EXPECT_EQ(shim.wait(), 1);
    EXPECT_EQ(
        said,
        "enrich-shim: enrichd did not take the alert and it cannot be spooled: No space left on device\n");
}

TEST(Faults, AStateDirectoryThatBecomesReadOnlyDegradesAndComesBack) {
    const TempDir dir;
    SmallDisk disk(dir / "state", "size=4m");
    NEEDS_A_DISK(disk);
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "state:\n  directory: " + (dir / "state").string() + "\n");
    disk.read_only(true);
    daemon.start();
    ASSERT_TRUE(becomes(daemon, "degraded: ")) << state_check(daemon);
    EXPECT_EQ(daemon.shim(alert_for("www.new-site.com")).exit_code, 0);
    EXPECT_TRUE(daemon.events().empty());
    disk.read_only(false);
    EXPECT_EQ(first_contacts(daemon.wait_for_events(1)), 1U);
    EXPECT_TRUE(becomes(daemon, "ok")) << state_check(daemon);
}

TEST(Faults, AStateFileThatIsLockedAtTheStartIsReadLaterAndWhatWaitsInItGoesOut) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "outputs:\n  wazuh: true\n");
    daemon.start();
    for (int i = 0; i < 50; ++i)
        daemon.shim(alert_for("www.new-" + std::to_string(i) + ".com", std::to_string(i)));
    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_outbox") == 50; }));
    EXPECT_EQ(daemon.stop(), 0);
    FakeWazuhQueue queue(daemon.wazuh_home());
    const auto file = daemon.state() / "enrichd.db";
    std::filesystem::rename(file, daemon.state() / "aside");
    std::filesystem::create_directory(file);  // as if somebody held it
    daemon.start();
    ASSERT_TRUE(becomes(daemon, "degraded")) << state_check(daemon);
    std::filesystem::remove(file);
    std::filesystem::rename(daemon.state() / "aside", file);
    ASSERT_TRUE(eventually([&] { return queue.messages().size() == 50; })) << daemon.log();
    EXPECT_EQ(daemon.metric("enrichd_outbox"), 0);
}

TEST(Faults, AStateFileThatIsDeletedUnderTheDaemonIsWrittenAnewAndNothingOfItIsLost) {
    auto server = std::make_unique<FakeDomainStats>();
    server->fail_always(Fault::status_503);
    DaemonUnderTest daemon(server->url());
    daemon.start();
    for (int i = 0; i < 20; ++i)
        daemon.shim(alert_for("www.new-" + std::to_string(i) + ".com", std::to_string(i)));
    ASSERT_EQ(daemon.metric("enrichd_pending"), 20);
    for (const char* file : {"enrichd.db", "enrichd.db-wal"}) std::filesystem::remove(daemon.state() / file);
    daemon.shim(alert_for("www.new-20.com", "20"));
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(daemon.state() / "enrichd.db"); }));
    ASSERT_TRUE(
        eventually([&] { return daemon.log().find("had been deleted or moved") != std::string::npos; }));
    daemon.crash();
    server->fail_always(std::nullopt);
    daemon.start();
    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_pending") == 0; }, 20s));
    EXPECT_EQ(first_contacts(daemon.events()), 21U);
}

TEST(Faults, ADamagedStateFileDegradesAndIsReplacedWithoutARestart) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    for (int i = 0; i < 300; ++i)
        daemon.shim(alert_for("www.new-" + std::to_string(i) + ".com", std::to_string(i)));
    ASSERT_EQ(daemon.wait_for_events(300).size(), 300U);
    EXPECT_EQ(daemon.stop(), 0);
    const auto file = daemon.state() / "enrichd.db";
    std::string bytes = read_file(file);
    ASSERT_GT(bytes.size(), 20'000U);
    std::fill(bytes.begin() + 100, bytes.end(), 'x');
    write_file(file, bytes);

    daemon.start();
    ASSERT_TRUE(becomes(daemon, "degraded: the state file is damaged")) << state_check(daemon);
    EXPECT_EQ(daemon.shim(alert_for("www.new-later.com", "1000")).exit_code, 0);
    EXPECT_EQ(count_files(daemon.spool() / "new"), 1U);
    std::filesystem::rename(file, daemon.state() / "damaged.db");
    EXPECT_EQ(daemon.wait_for_events(301, 20s).size(), 301U);
    EXPECT_TRUE(becomes(daemon, "ok")) << state_check(daemon);
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
#ifndef ENRICHD_SANITIZED
        EXPECT_LT(run.wall, 300ms);
#endif
    }
    EXPECT_EQ(count_files(daemon.spool() / "new"), 5U);
    limit(1024);
    EXPECT_EQ(daemon.wait_for_events(6, 30s).size(), 6U);
    EXPECT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
}

TEST(Faults, ASpoolThatIsAsLargeAsItMayBeRefusesWithALineAndACount) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.write_config("state:\n  directory: /proc/nowhere\n");  // nothing can be kept
    write_file(daemon.home() / "enrichd.yaml", read_file(daemon.home() / "enrichd.yaml") + "\n");
    std::string config = read_file(daemon.home() / "enrichd.yaml");
    config.insert(config.find("  spool:"), "  max_spool_bytes: 1048576\n");
    write_file(daemon.home() / "enrichd.yaml", config);
    daemon.start();
    ASSERT_TRUE(becomes(daemon, "degraded")) << state_check(daemon);

    const std::string padding(100'000, ' ');
    int taken = 0;
    ShimRun run{0, "", {}};
    for (int i = 0; i < 20 && run.exit_code == 0; ++i) {
        run = daemon.shim(alert_for("www.new-" + std::to_string(i) + ".com", std::to_string(i)) + padding);
        taken += run.exit_code == 0 ? 1 : 0;
    }
    EXPECT_EQ(taken, 10);
    EXPECT_EQ(run.output,
              "enrich-shim: enrichd did not take the alert and it cannot be spooled: the spool is full "
              "(intake.max_spool_bytes)\n");
    EXPECT_EQ(daemon.metric("enrichd_spool_refused_total"), 1);
    EXPECT_GT(daemon.metric("enrichd_spool_bytes"), 1'000'000);
    EXPECT_TRUE(eventually([&] { return daemon.get("/readyz").starts_with("spool: down, "); }))
        << daemon.get("/readyz") << daemon.get("/healthz") << daemon.log() << "alerts are lost";
    EXPECT_NE(daemon.log().find("the spool is full; alerts were refused and are lost"), std::string::npos);
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

    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_pending") == 0; }, 20s)) << daemon.log();
    std::set<std::string> told;
    for (const auto& event : daemon.events())
        if (!event["event"]["dnsstat"].contains("error"))
            told.insert(event["event"]["dnsstat"]["query"].get<std::string>());
    EXPECT_EQ(told, (std::set<std::string>{"www.new-a.com", "www.new-b.com", "www.new-c.com"}));
}

}  // namespace
}  // namespace enrichd::test

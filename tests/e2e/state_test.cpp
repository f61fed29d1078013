// The state file and the spool on disks that fill, fail and are mended, with the real programs.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <utility>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_wazuh_queue.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test::state_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;
using fakes::FakeWazuhQueue;
using fakes::Fault;

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

TEST(State, ARestartKnowsTheVerdictsAndAsksNobody) {
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

TEST(State, AnAlertThatComesAgainAfterARestartIsWorkedOnOnce) {
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

TEST(State, WhatIsKnownWritesNothingToTheDisk) {
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
    // The start tidies what it has read.
    double works = -1;
    const auto all_is_written = [&] {
        return eventually(
            [&] { return std::exchange(works, daemon.metric("enrichd_state_writes_total")) == works; });
    };
    ASSERT_TRUE(all_is_written());
    daemon.shim(
        alert_for("www.new-site.com", "1"));  // that this name was asked for in this hour is written once
    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_state_writes_total") > works; }));
    ASSERT_TRUE(all_is_written());
    const auto before = written();
    for (int i = 2; i <= 200; ++i) {
        daemon.shim(alert_for("www.new-site.com", std::to_string(i)));
        queue.messages();
    }
    ASSERT_TRUE(eventually([&] { return queue.messages().size() == 201; }));
    EXPECT_LT(written() - before, 20 * 4096) << "at most what the start had left to the kernel";
    EXPECT_EQ(daemon.metric("enrichd_state_writes_total"), works);
}

TEST(State, AFullDiskDegradesAlertsAreSpooledAndAllGoesOnWhenThereIsRoom) {
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
    const auto events = daemon.wait_for_events(22);
    EXPECT_EQ(events.size(), 22U);
    EXPECT_EQ(first_contacts(events), 21U);
    EXPECT_TRUE(becomes(daemon, "ok")) << state_check(daemon);
    EXPECT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
}

TEST(State, ADiskThatHangsDegradesKeepsNoShimWaitingAndNoStop) {
    FakeDomainStats server;
    const TempDir dir;
    DaemonUnderTest daemon(server.url(),
                           "state:\n  sync: full\n  directory: " + (dir / "state").string() + "\n");
    daemon.environment["LD_PRELOAD"] = DISK_HANG_LIBRARY;
    daemon.environment["DISK_HANG"] = daemon.home() / "hangs";
    daemon.start();
    daemon.shim(alert_for("www.new-before.com", "0"));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);

    write_file(daemon.home() / "hangs", "");
    EXPECT_EQ(daemon.shim(alert_for("www.new-1.com", "1")).exit_code, 0) << "spooled";
    ASSERT_TRUE(becomes(daemon, "degraded: the state file has not answered for")) << state_check(daemon);
    EXPECT_EQ(daemon.get("/readyz"), "ready\n") << "what is known is still reported";
    daemon.shim(alert_for("mail.new-before.com", "2"));
    EXPECT_EQ(daemon.wait_for_events(2).size(), 2U);
    std::filesystem::remove(daemon.home() / "hangs");
    EXPECT_TRUE(becomes(daemon, "ok")) << state_check(daemon);
    EXPECT_EQ(first_contacts(daemon.wait_for_events(3, 20s)), 2U);

    write_file(daemon.home() / "hangs", "");
    EXPECT_EQ(daemon.shim(alert_for("www.new-3.com", "3")).exit_code, 0);
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_NE(daemon.log().find("the state file does not answer; leaving without it"), std::string::npos);
    std::filesystem::remove(daemon.home() / "hangs");
    daemon.start();
    EXPECT_EQ(first_contacts(daemon.wait_for_events(4, 20s)), 3U);
    EXPECT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
}

TEST(State, WhenTheSpoolsDiskIsFullTooTheShimSaysSoInOneLine) {
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

TEST(State, WhenTheSpoolsDiskIsFullTheDaemonSaysThatAlertsAreLost) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    SmallDisk disk(daemon.spool(), "size=1m");
    NEEDS_A_DISK(disk);
    daemon.start();
    disk.fill();
    write_file(daemon.home() / "alert", alert_for("www.new-site.com"));
    Child shim({ENRICH_SHIM_PROGRAM,
                {"integrations", daemon.home() / "alert"},
                {{"ENRICHD_SOCKET", daemon.home() / "nobody"}, {"ENRICHD_SPOOL", daemon.spool()}},
                {}});
    EXPECT_EQ(shim.wait(), 1);
    EXPECT_TRUE(eventually([&] {
        return daemon.get("/healthz").find("the shim could not write into the spool") != std::string::npos;
    }));
    EXPECT_NE(daemon.get("/readyz").find("not ready"), std::string::npos);
    EXPECT_NE(daemon.get("/metrics").find("enrichd_spool_refused_total 1\n"), std::string::npos);
    EXPECT_NE(daemon.log().find("alerts could not be written into the spool and are lost"),
              std::string::npos);
}

TEST(State, AStateDirectoryThatBecomesReadOnlyDegradesAndComesBack) {
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

TEST(State, AStateFileThatIsLockedAtTheStartIsReadLaterAndWhatWaitsInItGoesOut) {
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

TEST(State, AStateFileThatIsDeletedUnderTheDaemonIsWrittenAnewAndNothingOfItIsLost) {
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
    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_pending") == 0; }));
    EXPECT_EQ(first_contacts(daemon.events()), 21U);
}

TEST(State, ADamagedStateFileDegradesAndIsReplacedWithoutARestart) {
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
    EXPECT_EQ(daemon.wait_for_events(301).size(), 301U);
    EXPECT_TRUE(becomes(daemon, "ok")) << state_check(daemon);
}

TEST(State, ASpoolThatIsAsLargeAsItMayBeRefusesWithALineAndACount) {
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

}  // namespace
}  // namespace enrichd::test::state_test

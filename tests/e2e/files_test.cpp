// Files that are followed by the real daemon.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fakes/fake_domain_stats.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test::files_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;

class FilesTest : public testing::Test {
  protected:
    FilesTest() { follow(name()); }

    void follow(const std::filesystem::path& file) {
        daemon_.more_of_intake = "  files: [" + file.string() + "]\n  files_begin: beginning\n";
        daemon_.write_config("");
    }
    std::filesystem::path name() const { return directory_ / "alerts.json"; }
    void append(int from, int to) {
        std::ofstream file(name(), std::ios::binary | std::ios::app);
        for (int id = from; id < to; ++id) file << line(id);
    }
    static std::string line(int id) {
        return alert_for("www.new-" + std::to_string(id) + ".com", std::to_string(id));
    }
    std::string lines_metric(const std::string& result) const {
        return "enrichd_file_lines_total{result=\"" + result + "\",file=\"" + name().string() + "\"}";
    }
    std::string check() const {
        const auto health = nlohmann::json::parse(daemon_.get("/healthz"), nullptr, false);
        return health.value("/checks/files/status"_json_pointer, "") + ": " +
               health.value("/checks/files/detail"_json_pointer, "");
    }

    TempDir directory_;
    FakeDomainStats server_;
    DaemonUnderTest daemon_{server_.url()};
};

TEST_F(FilesTest, AlertsOfAFileAreEnrichedAndTheIntegratorsCopyIsNotWorkedOnAgain) {
    append(0, 20);
    daemon_.start();
    EXPECT_EQ(daemon_.wait_for_events(20).size(), 20U);
    EXPECT_EQ(daemon_.shim(line(7)).exit_code, 0);
    daemon_.shim(line(20));
    append(20, 25);
    EXPECT_EQ(daemon_.wait_for_events(25).size(), 25U);
    EXPECT_TRUE(eventually([&] { return daemon_.metric(lines_metric("duplicate")) == 1; }));
    EXPECT_EQ(daemon_.events().size(), 25U);
    EXPECT_EQ(daemon_.metric("enrichd_alerts_received_total{source=\"file\"}"), 24);
    EXPECT_EQ(check(), "ok: ");
    const ShimRun status = daemon_.verb({"status"});
    EXPECT_NE(status.output.find(name().string() + ": at the end, 0 B to be read"), std::string::npos)
        << status.output;
}

TEST_F(FilesTest, NothingIsLostByKillsUnderLoad) {
    daemon_.start();
    constexpr int kills = 8;
    constexpr int batch = 150;
    for (int kill = 0; kill < kills; ++kill) {
        append(kill * batch, (kill + 1) * batch);
        const std::size_t some = static_cast<std::size_t>(kill) * batch + 10;
        daemon_.wait_for_events(some);
        daemon_.crash();
        daemon_.start();
    }
    std::map<std::string, int> seen;
    EXPECT_TRUE(eventually([&] {
        seen.clear();
        for (const auto& event : daemon_.events()) ++seen[event["event"]["dnsstat"]["alert_id"]];
        return seen.size() == kills * batch;
    })) << seen.size();
    const std::size_t repeated = daemon_.events().size() - kills * batch;
    EXPECT_LE(repeated, static_cast<std::size_t>(kills) * 20) << "only what was in delivery at a kill";
}

TEST_F(FilesTest, AFileThatCannotBeReadIsReadOnceItCan) {
    std::filesystem::create_symlink(name(), name());
    daemon_.start();
    EXPECT_TRUE(eventually([&] { return check().find("degraded: " + name().string()) == 0; })) << check();
    EXPECT_NE(check().find("Too many levels of symbolic links"), std::string::npos) << check();
    std::filesystem::remove(name());
    append(0, 3);
    EXPECT_EQ(daemon_.wait_for_events(3).size(), 3U);
    EXPECT_TRUE(eventually([&] { return check() == "ok: "; })) << check();
}

TEST_F(FilesTest, OnTheFileSystemOfNothingButMemory) {
    if (::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=8m") != 0)
        GTEST_SKIP() << "mounting a tmpfs needs root";
    daemon_.start();
    append(0, 5);
    EXPECT_EQ(daemon_.wait_for_events(5).size(), 5U);
    std::filesystem::remove(name());
    append(5, 8);
    EXPECT_EQ(daemon_.wait_for_events(8).size(), 8U);
    daemon_.stop();
    std::filesystem::remove(name());
    append(8, 40);
    daemon_.start();
    EXPECT_EQ(daemon_.wait_for_events(40).size(), 40U);
    daemon_.stop();
    ::umount2(directory_.path().c_str(), MNT_DETACH);
}

TEST_F(FilesTest, OnceReadsAllThatIsThereAndEnds) {
    append(0, 50);
    std::ofstream(name(), std::ios::binary | std::ios::app) << "{\"half\":";
    EXPECT_EQ(daemon_.verb({"run", "--once"}).exit_code, 0);
    EXPECT_EQ(daemon_.events().size(), 50U);
}

TEST_F(FilesTest, AReloadFollowsAnotherFile) {
    daemon_.start();
    const auto other = directory_ / "archives.json";
    follow(other);
    daemon_.process().signal(SIGHUP);
    std::ofstream(other, std::ios::binary) << line(1);
    EXPECT_EQ(daemon_.wait_for_events(1).size(), 1U);
}

}  // namespace
}  // namespace enrichd::test::files_test

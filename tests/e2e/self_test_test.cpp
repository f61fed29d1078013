// enrichd selftest: one alert through the real shim and the real daemon, and where it stops.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_wazuh_queue.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"

namespace enrichd::test::self_test_test {
namespace {

namespace fs = std::filesystem;

class SelfTestTest : public ::testing::Test {
  protected:
    explicit SelfTestTest(const std::string& extra = {}) : daemon_(server_.url(), extra) {}

    ShimRun self_test() const { return daemon_.verb({"selftest"}); }
    void write_shim(const std::string& script) const {
        const fs::path shim = daemon_.wazuh_home() / "integrations/custom-dnsstats";
        fs::create_directories(shim.parent_path());
        write_file(shim, script);
        fs::permissions(shim, fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
    }

    fakes::FakeDomainStats server_;
    DaemonUnderTest daemon_;
};

TEST_F(SelfTestTest, OneAlertComesThroughAndNobodyIsAskedAboutIt) {
    daemon_.start();
    const ShimRun done = self_test();
    EXPECT_EQ(done.exit_code, 0) << done.output;
    EXPECT_NE(done.output.find("The alert came through."), std::string::npos) << done.output;
    const auto events = daemon_.wait_for_events(1);
    EXPECT_EQ(events.at(0)["location"], "dns_stats");
    EXPECT_EQ(events.at(0)["event"]["integration"], "selftest");
    EXPECT_EQ(daemon_.metric(R"(enrichd_events_sent_total{kind="selftest",output="file"})"), 1);
    EXPECT_EQ(server_.counts().requests, 0U);
}

TEST_F(SelfTestTest, ANameThatNobodyExpectsMakesNoEvent) {
    daemon_.start();
    daemon_.shim(alert_for("0123456789abcdef.selftest.enrichd.invalid", "1.1"));
    EXPECT_EQ(self_test().exit_code, 0);
    EXPECT_EQ(daemon_.wait_for_events(1).size(), 1U);
    EXPECT_EQ(daemon_.metric(R"(enrichd_alerts_gated_total{reason="special_use"})"), 1);
}

TEST_F(SelfTestTest, SaysThatNoDaemonRuns) {
    const ShimRun done = self_test();
    EXPECT_EQ(done.exit_code, 1);
    EXPECT_NE(done.output.find("is enrichd running?"), std::string::npos) << done.output;
}

TEST_F(SelfTestTest, SaysThatTheShimFailed) {
    daemon_.start();
    write_shim("#!/bin/sh\necho 'no such socket' >&2\nexit 1\n");
    const ShimRun done = self_test();
    EXPECT_EQ(done.exit_code, 1);
    EXPECT_NE(done.output.find("exit code 1 no such socket"), std::string::npos) << done.output;
}

TEST_F(SelfTestTest, SaysThatTheAlertCameByTheSpool) {
    daemon_.start();
    write_shim("#!/bin/sh\nENRICHD_SOCKET=/nowhere exec '" ENRICH_SHIM_PROGRAM "' \"$@\"\n");
    const ShimRun done = self_test();
    EXPECT_EQ(done.exit_code, 0) << done.output;
    EXPECT_NE(done.output.find("warning  intake: the alert came by the spool"), std::string::npos)
        << done.output;
}

class SelfTestOfWazuhTest : public SelfTestTest {
  protected:
    SelfTestOfWazuhTest() : SelfTestTest("outputs:\n  wazuh: true\n") {}
};

TEST_F(SelfTestOfWazuhTest, SaysThatTheEventWaitsForWazuh) {
    daemon_.start();
    const ShimRun done = self_test();
    EXPECT_EQ(done.exit_code, 1);
    EXPECT_NE(done.output.find("PROBLEM  output wazuh: does not take the event now"), std::string::npos)
        << done.output;
    EXPECT_NE(done.output.find("1 problem to fix."), std::string::npos) << done.output;
}

TEST_F(SelfTestOfWazuhTest, FollowsTheEventThroughWazuhsQueueIntoItsAlerts) {
    fakes::FakeWazuhQueue queue(daemon_.wazuh_home());
    fs::create_directories(daemon_.wazuh_home() / "logs/alerts");
    // What analysisd would write.
    write_shim("#!/bin/sh\n'" ENRICH_SHIM_PROGRAM "' \"$@\"; code=$?\ncat \"$1\" >> '" +
               (daemon_.wazuh_home() / "logs/alerts/alerts.json").string() + "'\nexit $code\n");
    daemon_.start();
    const ShimRun done = self_test();
    EXPECT_EQ(done.exit_code, 0) << done.output;
    EXPECT_NE(done.output.find("ok       Wazuh: made an alert of it"), std::string::npos) << done.output;
    ASSERT_EQ(queue.messages().size(), 1U);
    EXPECT_TRUE(
        queue.messages()[0].starts_with(R"(1:dns_stats:{"integration":"selftest","selftest":{"name":")"));
}

}  // namespace
}  // namespace enrichd::test::self_test_test

// What an operator asks of the running daemon, and has it do.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "fakes/fake_domain_stats.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test::operator_test {
namespace {

using fakes::FakeDomainStats;
using nlohmann::json;

class OperatorTest : public ::testing::Test {
  protected:
    json status() { return json::parse(daemon_.verb({"status", "-o", "json"}).output); }
    void alert(const std::string& name, const std::string& id) { daemon_.shim(alert_for(name, id)); }

    FakeDomainStats server_;
    DaemonUnderTest daemon_{server_.url()};
};

TEST_F(OperatorTest, VerdictsAreListedAndFlushedBySuffix) {
    daemon_.start();
    for (const char* const name : {"www.new-one.com", "www.new-two.com", "a.new-three.org"})
        alert(name, name);
    ASSERT_EQ(daemon_.wait_for_events(3).size(), 3U);
    const auto listed = [this](std::vector<std::string> more) {
        std::vector<std::string> words{"cache", "list", "-o", "json"};
        words.insert(words.end(), more.begin(), more.end());
        return json::parse(daemon_.verb(words).output)["verdicts"];
    };
    EXPECT_EQ(listed({}).size(), 3U);
    const json one = listed({"--suffix", ".ORG"});
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0]["provider"], "domain_stats");
    EXPECT_EQ(one[0]["key"], "new-three.org");
    EXPECT_EQ(one[0]["verdict"], "NEW");
    EXPECT_EQ(listed({"--negative"}).size(), 0U);
    for (const char* const nothing : {".", "", "*."})
        EXPECT_EQ(daemon_.verb({"cache", "flush", "--suffix", nothing}).exit_code, 2);
    EXPECT_EQ(daemon_.verb({"cache", "flush", "new-one.com", "--suffix", "org"}).exit_code, 2);
    EXPECT_EQ(listed({}).size(), 3U);
    EXPECT_EQ(listed({"--suffix", "ew-one.com"}).size(), 0U) << "a suffix is whole labels";
    EXPECT_EQ(daemon_.verb({"cache", "flush", "--negative"}).output, "0 verdicts flushed\n");
    EXPECT_EQ(daemon_.verb({"cache", "flush", "--suffix", "com"}).output, "2 verdicts flushed\n");
    EXPECT_EQ(listed({}).size(), 1U);
    daemon_.stop();
    daemon_.start();
    EXPECT_EQ(listed({}).size(), 1U) << "a restart does not bring them back";
}

TEST_F(OperatorTest, TheQueueShowsWhatWaitsAndWhy) {
    daemon_.start();
    server_.leave();
    alert("www.new-one.com", "1");
    alert("mail.new-one.com", "2");
    const auto queue = [this] { return json::parse(daemon_.verb({"queue", "-o", "json"}).output); };
    ASSERT_TRUE(eventually([&] {
        const json questions = queue()["questions"];
        return !questions.empty() && questions[0].contains("failure");
    }));
    const json one = queue()["questions"][0];
    EXPECT_EQ(one["provider"], "domain_stats");
    EXPECT_EQ(one["question"], "new-one.com");
    EXPECT_EQ(one["alerts"], 2);
    EXPECT_NE(daemon_.verb({"queue"}).output.find("new-one.com: 2 alerts for "), std::string::npos);
    server_.come_back();
    EXPECT_TRUE(eventually([&] { return queue()["questions"].empty(); }));
}

TEST_F(OperatorTest, AProviderIsPausedAndResumed) {
    daemon_.start();
    EXPECT_EQ(daemon_.verb({"provider", "pause", "domain_stats"}).output, "domain_stats: paused\n");
    alert("www.new-one.com", "1");
    ASSERT_TRUE(eventually([&] { return status()["alerts"]["pending"] == 1; }));
    EXPECT_EQ(status()["status"], "degraded");
    EXPECT_NE(daemon_.verb({"status"}).output.find("paused by an operator"), std::string::npos);
    const ShimRun reset = daemon_.verb({"provider", "reset", "domain_stats"});
    EXPECT_NE(reset.output.find("still paused"), std::string::npos) << reset.output;
    alert("www.new-two.com", "2");
    ASSERT_TRUE(eventually([&] { return status()["alerts"]["pending"] == 2; }));
    EXPECT_EQ(server_.counts().requests, 0U);
    daemon_.verb({"provider", "resume", "domain_stats"});
    EXPECT_EQ(daemon_.wait_for_events(2).size(), 2U);
    EXPECT_EQ(status()["status"], "ok");
    const ShimRun unknown = daemon_.verb({"provider", "pause", "virustotal"});
    EXPECT_EQ(unknown.exit_code, 1);
    EXPECT_NE(unknown.output.find("expected one of"), std::string::npos);
    EXPECT_EQ(daemon_.verb({"provider", "pause", "otx"}).exit_code, 1) << "it is off";
}

TEST_F(OperatorTest, ReloadWaitsForWhatBecomesOfIt) {
    daemon_.start();
    daemon_.write_config("log: {level: warning}\n");
    EXPECT_EQ(daemon_.verb({"reload"}).output, "configuration reloaded\n");
    EXPECT_EQ(daemon_.verb({"log", "level"}).output, "warning\n");
    daemon_.write_config("log: {level: loud}\n");
    const ShimRun refused = daemon_.verb({"reload"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.output.find("log.level: expected one of"), std::string::npos) << refused.output;
    EXPECT_NE(refused.output.find("the old one stays"), std::string::npos) << refused.output;
    daemon_.write_config("");
    EXPECT_EQ(status()["configuration"]["failed_reloads"], 1);
}

TEST_F(OperatorTest, TopCountsWhatIsDecidedMeanwhile) {
    daemon_.start();
    alert("www.new-one.com", "0");
    ASSERT_EQ(daemon_.wait_for_events(1).size(), 1U);
    std::atomic<bool> counted = false;
    std::thread sender([&] {
        for (int i = 1; !counted; ++i) alert("www.new-one.com", std::to_string(i));
    });
    const json top = json::parse(daemon_.verb({"top", "--seconds", "3", "-o", "json"}).output);
    counted = true;
    sender.join();
    ASSERT_FALSE(top["domains"].empty());
    EXPECT_EQ(top["domains"][0]["domain"], "new-one.com");
}

TEST_F(OperatorTest, TheConfigurationIsShownWithItsOrigins) {
    daemon_.write_config("cache:\n  entries: 777\n");
    const ShimRun run = daemon_.verb({"config", "show", "--origin"});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_NE(run.output.find("cache.entries: 777 "), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("# default\n"), std::string::npos);
    EXPECT_NE(run.output.find((daemon_.home() / "enrichd.yaml").string() + ":"), std::string::npos);
    EXPECT_NE(daemon_.verb({"config", "show"}).output.find("entries: 777"), std::string::npos);
}

}  // namespace
}  // namespace enrichd::test::operator_test

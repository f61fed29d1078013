// What the verbs and the log say, and when they fail.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes/fake_domain_stats.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test::verbs_test {
namespace {

using fakes::FakeDomainStats;
using nlohmann::json;

class VerbsTest : public ::testing::Test {
  protected:
    json status() { return json::parse(daemon_.verb({"status", "-o", "json"}).output); }
    void alert(const std::string& name, const std::string& id) { daemon_.shim(alert_for(name, id)); }

    FakeDomainStats server_;
    DaemonUnderTest daemon_{server_.url()};
};

TEST_F(VerbsTest, AVerbThatDidNothingFailsAndSaysWhy) {
    const ShimRun refused = daemon_.verb({"lookup", "\xff.com"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_NE(refused.output.find("\\xff.com: the queried name is no valid internationalised name"),
              std::string::npos)
        << refused.output;
    const ShimRun filtered = daemon_.verb({"lookup", "printer.local"});
    EXPECT_EQ(filtered.exit_code, 1);
    EXPECT_NE(filtered.output.find("printer.local: filtered, so not looked up: special_use"),
              std::string::npos)
        << filtered.output;
    write_file(daemon_.home() / "empty", "");
    write_file(daemon_.home() / "others", "{\"id\":\"1\",\"data\":{}}\n");
    for (const char* more : {"--dry-run", "-o"}) {
        std::vector<std::string> words{"replay", daemon_.home() / "empty", more};
        if (std::string(more) == "-o") words.emplace_back("human");
        ShimRun run = daemon_.verb(words);
        EXPECT_EQ(run.exit_code, 1);
        EXPECT_NE(run.output.find("empty: holds no alert"), std::string::npos) << run.output;
        words[1] = daemon_.home() / "others";
        run = daemon_.verb(words);
        EXPECT_EQ(run.exit_code, 1);
        EXPECT_NE(run.output.find("no alert in it has a queried name"), std::string::npos) << run.output;
    }
    EXPECT_EQ(daemon_.verb({"seen", "import", daemon_.home() / "empty"}).exit_code, 1);
}

TEST_F(VerbsTest, HealthIsTrueBeforeTheFirstAlert) {
    server_.leave();
    daemon_.start();
    EXPECT_TRUE(eventually([&] { return status()["status"] == "degraded"; })) << "nobody listens";
    const ShimRun human = daemon_.verb({"status"});
    EXPECT_NE(human.output.find("domain_stats is degraded"), std::string::npos) << human.output;
    EXPECT_NE(human.output.find("Start or fix the server at domain_stats.url"), std::string::npos)
        << human.output;
    server_.come_back();
    EXPECT_TRUE(eventually([&] { return status()["status"] == "ok"; })) << "no alert was needed";
    EXPECT_EQ(server_.counts().requests, 0U) << "only probes";
}

TEST_F(VerbsTest, StatusHasALineForWhatIsOff) {
    daemon_.write_config("domain_stats: {mode: off}\notx: {mode: off}\n");
    daemon_.start();
    const std::string said = daemon_.verb({"status"}).output;
    EXPECT_NE(said.find("\ndomain_stats off: domain_stats.mode is off\n"), std::string::npos) << said;
    EXPECT_NE(said.find("\notx        off: otx.mode is off\n"), std::string::npos) << said;
}

TEST_F(VerbsTest, AtDebugThereIsALineForEachAlert) {
    daemon_.write_config("log: {level: debug}\n");
    daemon_.start();
    alert("www.new-one.com", "1");
    alert("printer.local", "2");
    ASSERT_TRUE(eventually([&] {
        return daemon_.log().find("id=2 ") != std::string::npos &&
               daemon_.log().find("id=1 ") != std::string::npos;
    }));
    EXPECT_NE(daemon_.log().find(
                  "debug: alert finished id=1 agent=001 query=www.new-one.com decision=reported reason=NEW"),
              std::string::npos)
        << daemon_.log();
    EXPECT_NE(daemon_.log().find("query=printer.local decision=filtered reason=special_use"),
              std::string::npos);
}

TEST_F(VerbsTest, TheLogSaysHowManyAlertsWereGivenUp) {
    server_.leave();
    daemon_.write_config("domain_stats:\n  url: " + server_.url() + "\n  timeout: 100ms\n  retry_for: 1s\n");
    daemon_.start();
    alert("www.new-one.com", "1");
    EXPECT_TRUE(eventually([&] {
        return daemon_.log().find(
                   "alerts are given up: Domain Stats did not answer within retry_for "
                   "given_up=1 ") != std::string::npos;
    })) << daemon_.log();
}

}  // namespace
}  // namespace enrichd::test::verbs_test

#include "cli/top.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace enrichd::test::top_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class TopTest : public ::testing::Test {
  protected:
    void add(const std::string& domain, const std::string& agent, const json& findings = json::array()) {
        counts_.add(json{{"query", "www." + domain},
                         {"domain", domain},
                         {"agent", {{"id", agent}, {"name", "pc"}}},
                         {"decision", findings.empty() ? "nothing" : "reported"},
                         {"findings", findings}}
                        .dump(),
                    now_);
    }
    json shown(std::size_t rows = 10) { return json::parse(counts_.shown(rows, now_, true)); }

    Clock::time_point now_{1h};
    TopCounts counts_{now_};
};

TEST_F(TopTest, CountsAlertsByDomainAgentAndFinding) {
    add("loud.com", "001");
    add("loud.com", "002");
    add("loud.com", "002", {"first_contact", "new"});
    add("rare.org", "002", {"new"});
    now_ += 10s;
    const json top = shown();
    EXPECT_EQ(top["alerts"], 4);
    EXPECT_EQ(top["seconds"], 10.0);
    EXPECT_EQ(top["domains"][0], (json{{"domain", "loud.com"}, {"alerts", 3}, {"agents", 2}}));
    EXPECT_EQ(top["agents"][0], (json{{"agent", "002 pc"}, {"alerts", 3}, {"domains", 2}}));
    EXPECT_EQ(top["findings"][0], (json{{"finding", "new"}, {"alerts", 2}}));
    EXPECT_EQ(top["decisions"][1], (json{{"decision", "reported"}, {"alerts", 2}}));
    EXPECT_EQ(shown(1)["domains"].size(), 1U);
}

TEST_F(TopTest, ForgetsWhatIsOlderThanItsWindow) {
    add("old.com", "001");
    now_ += TopCounts::window - 1s;
    add("late.com", "001");
    EXPECT_EQ(shown()["alerts"], 2);
    now_ += 2s;
    EXPECT_EQ(shown()["domains"], (json{{{"domain", "late.com"}, {"alerts", 1}, {"agents", 1}}}));
}

TEST_F(TopTest, ANameWithoutADomainCountsAsItself) {
    counts_.add(
        R"({"query":"localhost","domain":null,"agent":{"id":"","name":""},"decision":"filtered","findings":[]})",
        now_);
    EXPECT_EQ(shown()["domains"][0]["domain"], "localhost");
}

TEST_F(TopTest, SaysHowManyAlertsTheDaemonLeftOut) {
    counts_.add(R"({"left_out":7})", now_);
    EXPECT_EQ(shown()["left_out"], 7);
    EXPECT_NE(counts_.shown(3, now_, false).find("7 not counted"), std::string::npos);
}

TEST_F(TopTest, WhatIsNoDecisionIsIgnored) {
    for (const char* line :
         {"", "no json", "[]", "{}", R"({"agent":3})", R"({"agent":{"id":3},"findings":[]})",
          R"({"left_out":"many"})", R"({"agent":{},"query":null,"findings":[]})"})
        counts_.add(line, now_);
    EXPECT_EQ(shown()["alerts"], 0);
}

TEST_F(TopTest, TextsFromOutsideCannotSteerTheTerminal) {
    counts_.add(
        R"({"query":"a\u001b[2Jb","domain":"a\u001b[2Jb","agent":{"id":"1","name":"x\ny"},"decision":"nothing","findings":[]})",
        now_);
    const std::string text = counts_.shown(3, now_, false);
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find("x\ny"), std::string::npos) << text;
}

}  // namespace
}  // namespace enrichd::test::top_test

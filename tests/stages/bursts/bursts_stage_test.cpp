#include "stages/bursts/bursts_stage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "base/units.hpp"
#include "store/prevalence.hpp"
#include "support/alerts_fixture.hpp"

namespace enrichd::test::bursts_stage_test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

constexpr const char* program = R"(C:\\Users\\x\\AppData\\updater.exe)";

class BurstsStageTest : public AlertsFixture {
  protected:
    BurstsStageTest() {
        EXPECT_FALSE(run(io_, prevalence_.load()));
        pipeline_.add(bursts_);
        pipeline_.count_agents_in(prevalence_);
        PolicyOptions options;
        options.repeat_after = 24h;
        policy(options);
    }
    void policy(const PolicyOptions& options) {
        pipeline_.policy().configure(options);
        pipeline_.repeats().configure(options.repeat_after);
    }
    /// An alert to its end.
    void ask(const std::string& query, const std::string& status = "0", const std::string& by = program,
             const std::string& agent = "001", std::chrono::seconds ago = 0s) {
        const std::string domain(HostName::parse(query)->registrable());
        cache_.put(domain, ScriptedProvider::answer("ESTABLISHED", false).verdict, 1h, Clock::now());
        Job& one = job(query);
        one.alert.agent.id = agent;
        one.alert.context = R"({"time":")" + to_iso_date(wall_seconds(WallClock::now()) - ago) +
                            R"(","process":")" + by + R"(","query_status":")" + status + R"("})";
        const int before = finished_;
        work_.spawn("alert", process(one));
        EXPECT_TRUE(run_until(io_, [&] { return finished_ > before; }));
    }
    void ask_missing(int from, int to, const std::string& by = program, const std::string& agent = "001") {
        for (int i = from; i < to; ++i) ask("made-up-" + std::to_string(i) + ".com", "9003", by, agent);
    }
    /// A name with 24 characters of data before the domain.
    static std::string carrying(int number, const std::string& domain = "evil-shop.com") {
        std::string data = "0123456789abcdefghijklmn";
        for (int i = 0; i < number; ++i) std::next_permutation(data.begin(), data.end());
        return data + "." + domain;
    }
    Json only_event() {
        if (sink_.events.size() != 1) return Json::object();
        return Json::parse(sink_.events[0].json)["burst"];
    }
    std::size_t events() const { return sink_.events.size(); }

    BurstsStage bursts_{BurstsConfig{{5, 10min}, {500, 1h}}};
    Prevalence prevalence_{database_, 10'000};
};

TEST_F(BurstsStageTest, ManyNewDomainsThatDoNotExistGiveOneEvent) {
    ask_missing(0, 4);
    EXPECT_EQ(events(), 0U);
    ask_missing(4, 30);
    const Json burst = only_event();
    EXPECT_EQ(burst["kind"], "nxdomain");
    EXPECT_EQ(burst["domains"], 5);
    EXPECT_EQ(burst["examples"].size(), 5U);
    EXPECT_EQ(burst["examples"][0], "made-up-4.com");
    EXPECT_EQ(burst["query"], "made-up-4.com");
    EXPECT_EQ(burst["severity"], "high");
    EXPECT_EQ(burst["source"]["process"], "C:\\Users\\x\\AppData\\updater.exe");
    EXPECT_EQ(sink_.events[0].location, "[001] (pc) 10.0.0.1->bursts");
    EXPECT_EQ(pipeline_.counts().suppressed["repeat"], 25U);
}

TEST_F(BurstsStageTest, ABrowserIsLessSerious) {
    ask_missing(0, 5, R"(C:\\Program Files\\Mozilla Firefox\\firefox.exe)");
    EXPECT_EQ(only_event()["severity"], "medium");
}

TEST_F(BurstsStageTest, AskersDifferByAgentAndProgram) {
    ask_missing(0, 4);
    ask_missing(4, 8, "other.exe");
    ask_missing(8, 12, program, "002");
    EXPECT_EQ(events(), 0U);
}

TEST_F(BurstsStageTest, DomainsThatTheAgentAskedForBeforeDoNotCount) {
    for (int i = 0; i < 10; ++i) ask("made-up-" + std::to_string(i) + ".com");
    ask_missing(0, 10);
    EXPECT_EQ(events(), 0U);
}

/// Memory alone does not know it then.
TEST_F(BurstsStageTest, DomainsThatTheAgentAskedForBeforeARestartDoNotCount) {
    for (int i = 0; i < 10; ++i) ask("made-up-" + std::to_string(i) + ".com");
    Prevalence again(database_, 10'000);
    EXPECT_FALSE(run(io_, again.load()));
    pipeline_.count_agents_in(again);
    ask_missing(0, 10);
    EXPECT_EQ(events(), 0U);
    ask_missing(20, 25);
    EXPECT_EQ(events(), 1U);
    pipeline_.count_agents_in(prevalence_);
}

TEST_F(BurstsStageTest, ClientsOfASensorAreDifferentAskers) {
    ask_missing(0, 4, "x\",\"client\":\"10.0.0.1");
    ask_missing(4, 8, "x\",\"client\":\"10.0.0.2");
    EXPECT_EQ(events(), 0U);
}

TEST_F(BurstsStageTest, DomainsThatExistDoNotCount) {
    for (int i = 0; i < 30; ++i) ask("shop-" + std::to_string(i) + ".com");
    EXPECT_EQ(events(), 0U);
}

TEST_F(BurstsStageTest, WhatWasHeldUpForHoursAndComesAtOnceIsNoBurst) {
    for (int i = 0; i < 30; ++i)
        ask("made-up-" + std::to_string(i) + ".com", "9003", program, "001",
            std::chrono::minutes(30 - i) * 10);
    EXPECT_EQ(events(), 0U);
}

TEST_F(BurstsStageTest, NamesThatAProviderMadeUpDoNotCount) {
    for (int i = 0; i < 30; ++i) ask("d" + std::to_string(1'000'000'000'000 + i) + ".cloudfront.net", "9003");
    EXPECT_EQ(events(), 0U);
}

TEST_F(BurstsStageTest, LearningSilencesMissingDomains) {
    PolicyOptions options;
    options.learn_for = 24h;
    policy(options);
    pipeline_.policy().started_first(wall_seconds(WallClock::now()));
    ask_missing(0, 10);
    EXPECT_EQ(events(), 0U);
    EXPECT_EQ(pipeline_.counts().findings["nxdomain_burst"], 6U);
    EXPECT_EQ(pipeline_.counts().suppressed["learning"], 6U);
}

TEST_F(BurstsStageTest, IsReportedOnceEvenWhenNothingElseIsARepeat) {
    PolicyOptions options;
    options.repeat_after = 0h;
    policy(options);
    ask_missing(0, 40);
    EXPECT_EQ(events(), 1U);
}

TEST_F(BurstsStageTest, ABurstDoesNotMakeOtherEventsOfItsAlertsSerious) {
    ask_missing(0, 5);
    sink_.events.clear();
    const std::string query = "made-up-9.com";
    cache_.put(query, ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    Job& one = job(query);
    one.alert.context = R"({"process":")" + std::string(program) + R"(","query_status":"9003"})";
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return events() == 1; }));
    EXPECT_NE(sink_.events[0].json.find(R"("severity":"info")"), std::string::npos) << sink_.events[0].json;
}

TEST_F(BurstsStageTest, NamesThatCarryDataGiveOneEvent) {
    for (int i = 0; i < 60; ++i) ask(carrying(i));
    const Json burst = only_event();
    EXPECT_EQ(burst["kind"], "tunnel");
    EXPECT_EQ(burst["domain"], "evil-shop.com");
    EXPECT_GE(burst["bytes"], 500);
    EXPECT_LE(burst["bytes"], 520);
    EXPECT_GE(burst["names"], 35);
    EXPECT_EQ(burst["examples"].size(), 3U);
    EXPECT_EQ(burst["examples"][0], carrying(0));
    EXPECT_EQ(burst["severity"], "high");
}

TEST_F(BurstsStageTest, ASecondDomainIsASecondTunnel) {
    for (int i = 0; i < 60; ++i) ask(carrying(i));
    for (int i = 0; i < 60; ++i) ask(carrying(i, "other-shop.com"));
    EXPECT_EQ(events(), 2U);
}

TEST_F(BurstsStageTest, TheSameNameAgainCarriesNothing) {
    for (int i = 0; i < 300; ++i) ask(carrying(i % 10));
    EXPECT_EQ(events(), 0U);
}

TEST_F(BurstsStageTest, DomainsThatCarryDataByDesignAreNoTunnels) {
    for (int i = 0; i < 60; ++i) ask(carrying(i, "sophosxl.net"));
    for (int i = 0; i < 60; ++i) ask(carrying(i, "avqs.mcafee.com"));
    EXPECT_EQ(events(), 0U);
}

TEST_F(BurstsStageTest, EstablishedAndAllowedNamesAreNotCounted) {
    class All final : public NameMarker {
      public:
        void mark(const HostName&, NameMarks& marks) const override { marks.known = true; }
    } all;
    pipeline_.mark_by(all);
    for (int i = 0; i < 60; ++i) ask(carrying(i));
    ask_missing(0, 10);
    EXPECT_EQ(events(), 0U);
    EXPECT_EQ(bursts_.missing().askers() + bursts_.carried().pairs(), 0U);
}

TEST_F(BurstsStageTest, ZeroSwitchesEachOff) {
    bursts_.configure({{0, 10min}, {0, 1h}});
    for (int i = 0; i < 60; ++i) ask(carrying(i));
    ask_missing(0, 30);
    EXPECT_EQ(events(), 0U);
}

TEST_F(BurstsStageTest, AnEventThatCannotBeDeliveredComesWithTheAlertAgain) {
    ask_missing(0, 4);
    sink_.full = true;
    journal_.configure(0);
    const std::string query = "made-up-4.com";
    cache_.put(query, ScriptedProvider::answer("ESTABLISHED", false).verdict, 1h, Clock::now());
    const auto again = [&] {
        Job& one = job(query);
        one.alert.context = R"({"process":")" + std::string(program) + R"(","query_status":"9003"})";
        work_.spawn("alert", process(one));
    };
    again();
    EXPECT_TRUE(run_until(io_, [&] { return refused_ == 1; }));
    EXPECT_EQ(events(), 0U);
    sink_.full = false;
    journal_.configure(1'000);
    again();
    EXPECT_TRUE(run_until(io_, [&] { return events() == 1; }));
}

}  // namespace
}  // namespace enrichd::test::bursts_stage_test

// A domain whose registry could not be asked is asked for again, and reported late when it is new.
#include "stages/domain_stats/late_ages.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/units.hpp"

#include "support/alerts_fixture.hpp"

namespace enrichd::test::late_ages_test {
namespace {

using namespace std::chrono_literals;

class LateAgesTest : public AlertsFixture {
  protected:
    LateAgesTest() { domain_check_.keep_ages_in(ages_); }

    /// No age, and when the registry may be asked again.
    static DomainStatsAnswer paused(bool first_contact, std::chrono::milliseconds again_in = 0ms) {
        DomainStatsAnswer out = ScriptedProvider::answer("UNKNOWN", first_contact);
        out.verdict.provisional = true;
        out.age_again_in = again_in;
        return out;
    }
    void first(const std::string& query, std::chrono::milliseconds again_in = 0ms) {
        provider_.answers.emplace_back(paused(true, again_in));
        start(query);
        EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1 && database_.waiting() == 0; }));
        EXPECT_EQ(sink_.with("UNKNOWN"), 1U) << "the first contact is reported at once";
        cache_.clear();
    }
    /// One look, and all that follows from it.
    void look(LateAges& late) {
        run(io_, late.ask_those_due());
        EXPECT_TRUE(run_until(io_, [&] { return work_.running() == 0 && database_.waiting() == 0; }));
    }
    std::vector<OpenAge> open() {
        const WallTime far = wall_seconds(WallClock::now()) + 20h;
        return run(io_, ages_.take(far, far, 100)).value();
    }

    OpenAges ages_{database_};
    LateAges late_{work_, pipeline_, verdicts_, journal_, ages_};
};

TEST_F(LateAgesTest, ANewDomainIsReportedLateAndOnce) {
    first("www.young.com");
    provider_.answers.emplace_back(ScriptedProvider::answer("NEW", false));
    look(late_);
    ASSERT_EQ(sink_.events.size(), 2U);
    EXPECT_NE(sink_.events[1].json.find(R"("category":"NEW")"), std::string::npos);
    EXPECT_NE(sink_.events[1].json.find(R"("query":"www.young.com")"), std::string::npos);
    EXPECT_NE(sink_.events[1].json.find(R"("alert_id":"1")"), std::string::npos);
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 1U);
    const auto asked = provider_.asked_for.size();
    look(late_);
    EXPECT_EQ(sink_.events.size(), 2U);
    EXPECT_EQ(provider_.asked_for.size(), asked);
    EXPECT_TRUE(open().empty());
}

TEST_F(LateAgesTest, AnOldDomainIsNotReportedAgain) {
    first("www.old.com");
    provider_.answers.emplace_back(ScriptedProvider::answer("ESTABLISHED", false));
    look(late_);
    EXPECT_EQ(sink_.events.size(), 1U);
    EXPECT_TRUE(open().empty());
}

TEST_F(LateAgesTest, IsNotAskedForBeforeItsTime) {
    first("www.young.com", 1h);
    look(late_);
    EXPECT_EQ(provider_.asked_for.size(), 1U);
    EXPECT_EQ(open().size(), 1U);
}

TEST_F(LateAgesTest, WaitsOnWhileTheRegistryIsPausedOrTheProviderFails) {
    first("www.young.com");
    provider_.answers.emplace_back(paused(false));
    look(late_);
    EXPECT_EQ(sink_.events.size(), 1U);
    provider_.answers.emplace_back(ScriptedProvider::answer("NEW", false));
    look(late_);
    EXPECT_EQ(sink_.events.size(), 2U);
}

TEST_F(LateAgesTest, OfADomainOneAlertIsReportedLate) {
    first("www.young.com");
    for (int i = 2; i <= 4; ++i) {
        provider_.answers.emplace_back(paused(false));
        start("host" + std::to_string(i) + ".young.com");
        EXPECT_TRUE(run_until(io_, [&] { return finished_ == i && database_.waiting() == 0; }));
        cache_.clear();
    }
    provider_.answers.emplace_back(ScriptedProvider::answer("NEW", false));
    look(late_);
    EXPECT_EQ(sink_.with(R"("category":"NEW")"), 1U);
}

TEST_F(LateAgesTest, ALateEventHasTheContextOfTheAlertThatAskedFirst) {
    provider_.answers.emplace_back(paused(true));
    Job& one = job("www.young.com");
    one.alert.context = R"({"rule":"100500","client":"192.0.2.9"})";
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1 && database_.waiting() == 0; }));
    cache_.clear();
    DomainStatsAnswer young = ScriptedProvider::answer("NEW", false);
    young.verdict.seen_by_web = to_http_date(wall_seconds(WallClock::now()) - 50h);
    provider_.answers.emplace_back(young);
    OpenAges again(database_);
    LateAges next(work_, pipeline_, verdicts_, journal_, again);
    look(next);
    ASSERT_EQ(sink_.events.size(), 2U);
    const auto event = nlohmann::json::parse(sink_.events[1].json)["dnsstat"];
    EXPECT_EQ(event["source"], nlohmann::json::parse(one.alert.context));
    EXPECT_EQ(event["age_days"], 2);
    EXPECT_EQ(event["reason"], "The domain young.com is new, registered 2 days ago.");
}

TEST_F(LateAgesTest, AContextThatTheFileHasOtherwiseIsNotBelieved) {
    first("www.young.com");
    database_.run_surely([](StateFile& file) { file.run("UPDATE open_ages SET context = '{\"user\":[}'"); });
    EXPECT_EQ(open().at(0).alert.context, "");
}

TEST_F(LateAgesTest, IsThereAfterARestart) {
    first("www.young.com");
    OpenAges again(database_);
    LateAges next(work_, pipeline_, verdicts_, journal_, again);
    provider_.answers.emplace_back(ScriptedProvider::answer("NEW", false));
    look(next);
    EXPECT_EQ(sink_.with(R"("category":"NEW")"), 1U);
    EXPECT_EQ(again.size(), 1U);
    look(next);
    EXPECT_EQ(again.size(), 0U);
}

TEST_F(LateAgesTest, AnEventThatNoOutputTakesIsKeptWithIt) {
    first("www.young.com");
    sink_.full = true;
    provider_.answers.emplace_back(ScriptedProvider::answer("NEW", false));
    look(late_);
    EXPECT_EQ(stored().size(), 1U);
    EXPECT_TRUE(open().empty());
}

TEST_F(LateAgesTest, AnInternalNameIsNotAskedFor) {
    first("www.young.com");
    GateOptions gate;
    gate.skip_suffixes = {"young.com"};
    pipeline_.filter(gate);
    look(late_);
    EXPECT_EQ(provider_.asked_for.size(), 1U);
    EXPECT_TRUE(open().empty());
}

TEST_F(LateAgesTest, IsGivenUpAfterADay) {
    const WallTime now = wall_seconds(WallClock::now());
    database_.run_surely([now](StateFile& file) {
        OpenAges::add(file, {"young.com", {"1", {"001", "pc", "any"}, "www.young.com"}, now - 25h, now});
    });
    look(late_);
    EXPECT_TRUE(provider_.asked_for.empty());
    EXPECT_TRUE(open().empty());
}

}  // namespace
}  // namespace enrichd::test::late_ages_test

// The trip of an alert, between a scripted provider and a sink in memory.
#include "enrich/enricher.hpp"

#include <gtest/gtest.h>

#include <list>

#include "support/run.hpp"
#include "support/scripted.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

VerdictsOptions quick() {
    VerdictsOptions options;
    options.backoff = {1ms, 2ms};
    options.breaker = {3, 1ms, 2ms};
    return options;
}

class EnricherTest : public testing::Test {
  protected:
    ~EnricherTest() override {
        tasks_.cancel();
        run(io_, tasks_.drained(Clock::now() + 5s));
        EXPECT_EQ(tasks_.failures(), 0U);
    }

    Job& job(const std::string& query) {
        Job& one = jobs_.emplace_back();
        one.alert = {std::to_string(jobs_.size()), {"001", "pc", "10.0.0.1"}, query};
        one.received = Clock::now();
        one.on_acknowledge = [this] { ++acknowledged_; };
        return one;
    }
    /// Starts a trip; it goes on while the loop runs.
    Job& start(const std::string& query) {
        Job& one = job(query);
        tasks_.spawn("trip", trip(one));
        return one;
    }
    task<void> trip(Job& one) {
        const bool done = co_await enricher_.trip(one);
        if (done) ++finished_;
    }

    asio::io_context io_;
    Tasks tasks_{io_};
    ListSink sink_;
    ScriptedProvider provider_;
    VerdictCache cache_{CacheOptions{}};
    Verdicts verdicts_{io_, tasks_, cache_, provider_, quick()};
    Enricher enricher_{tasks_, sink_, EnricherOptions{}};
    std::list<Job> jobs_;
    int acknowledged_ = 0;
    int finished_ = 0;

    void SetUp() override { enricher_.ask(verdicts_); }
};

TEST_F(EnricherTest, AMissIsAcknowledgedBeforeItWaits) {
    provider_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    EXPECT_EQ(acknowledged_, 1);
    EXPECT_EQ(finished_, 0);
}

TEST_F(EnricherTest, AHitIsFinishedWithoutWaitingAndAcknowledgedByItsEnd) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, Clock::now());
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(acknowledged_, 0);
    EXPECT_EQ(sink_.with("\"NEW\""), 1U);
    EXPECT_TRUE(provider_.asked_for.empty());
}

TEST_F(EnricherTest, AHitThatMustWaitForAnOutputIsAcknowledgedFirst) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, Clock::now());
    sink_.full = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return acknowledged_ == 1; }));
    sink_.full = false;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
}

TEST_F(EnricherTest, OfManyThatWaitTheFirstGetsTheFirstContact) {
    for (int i = 0; i < 50; ++i) start("host" + std::to_string(i) + ".x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 50; }));
    EXPECT_EQ(provider_.asked_for, std::vector<std::string>{"x.com"});
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_NE(sink_.events[0].json.find("\"host0.x.com\""), std::string::npos);
    EXPECT_TRUE(cache_.find("x.com", Clock::now())->alerts.empty());
}

TEST_F(EnricherTest, AFailedQuestionIsAskedAgainUntilItIsAnswered) {
    for (const errc failure : {errc::cut, errc::http_status, errc::body_not_json, errc::deadline})
        provider_.answers.push_back(failure);
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(provider_.asked_for.size(), 5U);
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 1U);
    EXPECT_EQ(cache_.size(), 1U);
}

TEST_F(EnricherTest, AnErrorIsNeverCached) {
    provider_.answers.assign(1000, errc::http_status);
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() >= 3; }));
    EXPECT_EQ(cache_.size(), 0U);
    provider_.answers.clear();
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
}

TEST_F(EnricherTest, AnOutageIsToldOnceAndOnlyProbedUntilItIsOver) {
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    for (int i = 0; i < 100; ++i) start("x" + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.probes > 5; }));
    EXPECT_EQ(sink_.with("Connection Error to DNS Stats API"), 1U);
    EXPECT_EQ(sink_.events.size(), 1U);
    EXPECT_TRUE(verdicts_.away());
    EXPECT_EQ(*verdicts_.trouble(), errc::refused);
    const std::size_t asked = provider_.asked_for.size();
    EXPECT_LE(asked, 100U);

    provider_.there = true;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 100; }));
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 100U);
    EXPECT_FALSE(verdicts_.away());
    EXPECT_FALSE(verdicts_.trouble());
    EXPECT_EQ(verdicts_.questions(), 0U);
}

TEST_F(EnricherTest, AnOutageBehindAGatewayIsToldToo) {
    provider_.there = false;
    provider_.answers.assign(100, errc::gateway_status);
    for (const char* name : {"x.com", "y.com", "z.com"}) start(name);
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("Connection Error to DNS Stats API") == 1; }));
    provider_.answers.clear();
    provider_.there = true;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 3; }));
}

TEST_F(EnricherTest, ALongOutageIsToldAgainAndAgain) {
    enricher_.configure({{}, 5ms});
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("Connection Error to DNS Stats API") >= 3; }));
    provider_.there = true;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
}

TEST_F(EnricherTest, AnAlertThatWasNeverAskedForEndsWithTheOutagesOwnError) {
    verdicts_.retry_for(50ms);
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    start("late.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(sink_.with("\"late.com\",\"error\":\"Connection Error to DNS Stats API\""), 1U);
}

TEST_F(EnricherTest, AnAlertEndsInItsOwnErrorEventWhenItsTimeIsOver) {
    verdicts_.retry_for(20ms);
    provider_.there = false;
    provider_.answers.assign(1000, errc::refused);
    start("www.x.com");
    start("www.y.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(sink_.with("\"www.x.com\",\"error\":\"Connection Error to DNS Stats API\""), 2U)
        << "one tells the outage, one ends the alert";
    EXPECT_EQ(sink_.with("\"www.y.com\",\"error\""), 1U);
    provider_.there = true;
    provider_.answers.clear();
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.questions() == 0; })) << "nobody waits, nobody asks";
}

TEST_F(EnricherTest, AnAlertThatCameBackFromTheSpoolBringsItsFirstAskingAlong) {
    Job& one = job("www.x.com");
    one.asked = {wall_seconds(WallClock::now()) - 1h, 1};
    provider_.silent = true;
    tasks_.spawn("trip", trip(one));
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    one.asked = {};
    verdicts_.note_what_was_asked();
    EXPECT_EQ(one.asked.times, 2U);
    EXPECT_LE(*one.asked.first, wall_seconds(WallClock::now()) - 1h);
}

TEST_F(EnricherTest, TheAlertWithTheFirstContactKeepsItsAskingUntilItsEventIsOut) {
    sink_.full = true;
    Job& first = start("a.x.com");
    Job& second = start("b.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return acknowledged_ == 1 && finished_ == 1; }));
    EXPECT_TRUE(first.asked.first) << "a restart must find the first contact again";
    EXPECT_FALSE(second.asked.first);
    sink_.full = false;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
}

TEST_F(EnricherTest, ACancelledTripIsNotFinishedAndSendsNothing) {
    provider_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    tasks_.cancel();
    EXPECT_TRUE(run(io_, tasks_.drained(Clock::now() + 5s)));
    EXPECT_EQ(finished_, 0);
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(EnricherTest, RefusalsAreCountedByReason) {
    for (const char* query : {"a b", "10.0.0.1", "wpad", "x.local"}) start(query);
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 4; }));
    EXPECT_EQ(enricher_.counts().rejected["name_bad_character"], 1U);
    EXPECT_EQ(enricher_.counts().gated["ip_literal"], 1U);
    EXPECT_EQ(enricher_.counts().gated["single_label"], 1U);
    EXPECT_EQ(enricher_.counts().gated["special_use"], 1U);
    EXPECT_TRUE(provider_.asked_for.empty());
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(EnricherTest, WithoutAProviderAlertsEndAtTheGate) {
    Enricher alone(tasks_, sink_, EnricherOptions{});
    Job& one = job("www.x.com");
    EXPECT_TRUE(run(io_, alone.trip(one)));
    EXPECT_TRUE(sink_.events.empty());
}

}  // namespace
}  // namespace enrichd::test

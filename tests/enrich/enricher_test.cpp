// The trip of an alert, between a scripted provider and a sink in memory.
#include "enrich/enricher.hpp"

#include <gtest/gtest.h>

#include <list>

#include "support/trip_test.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

class EnricherTest : public TripTest {
  protected:
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
        work_.spawn("trip", trip(one));
        return one;
    }
    task<void> trip(Job& one) {
        const bool done = co_await enricher_.trip(one);
        if (done) ++finished_;
    }

    std::list<Job> jobs_;
    int acknowledged_ = 0;
    int finished_ = 0;
};

TEST_F(EnricherTest, AMissIsAcknowledgedBeforeItWaits) {
    provider_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    EXPECT_EQ(acknowledged_, 1);
    EXPECT_EQ(finished_, 0);
}

TEST_F(EnricherTest, AHitIsFinishedWithoutWaitingAndAcknowledgedByItsEnd) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(acknowledged_, 0);
    EXPECT_EQ(sink_.with("\"NEW\""), 1U);
    EXPECT_TRUE(provider_.asked_for.empty());
}

TEST_F(EnricherTest, AHitThatMustWaitForAnOutputIsAcknowledgedFirst) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
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
    EnricherOptions options;
    options.error_event_every = 5ms;
    enricher_.configure(options);
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
    one.progress.asked = {wall_seconds(WallClock::now()) - 1h, 1};
    provider_.silent = true;
    work_.spawn("trip", trip(one));
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    one.progress.asked = {};
    verdicts_.note_what_was_asked();
    EXPECT_EQ(one.progress.asked.times, 2U);
    EXPECT_LE(*one.progress.asked.first, wall_seconds(WallClock::now()) - 1h);
}

TEST_F(EnricherTest, TheAlertWithTheFirstContactKeepsItsAskingUntilItsEventIsOut) {
    sink_.full = true;
    Job& first = start("a.x.com");
    Job& second = start("b.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return acknowledged_ == 1 && finished_ == 1; }));
    EXPECT_TRUE(first.progress.asked.first) << "a restart must find the first contact again";
    EXPECT_FALSE(second.progress.asked.first);
    sink_.full = false;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
}

TEST_F(EnricherTest, ACancelledTripIsNotFinishedAndSendsNothing) {
    provider_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    work_.cancel();
    EXPECT_TRUE(run(io_, work_.drained(Clock::now() + 5s)));
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
    Enricher alone(work_, sink_, EnricherOptions{});
    Job& one = job("www.x.com");
    EXPECT_TRUE(run(io_, alone.trip(one)));
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(EnricherTest, WhatDomainStatsTellsIsCheckedAgainstOtxAndAHitIsTold) {
    with_otx();
    http_.answers = {ScriptedHttp::json(otx_body(0)), ScriptedHttp::json(otx_body(1))};
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    ASSERT_EQ(sink_.events.size(), 2U);
    EXPECT_EQ(sink_.events[0].kind, "domain_stats");
    EXPECT_EQ(sink_.events[1].kind, "otx");
    EXPECT_NE(sink_.events[1].json.find(R"("matched":"domain","pulse_count":1)"), std::string::npos);
    EXPECT_NE(sink_.events[1].json.find(R"("alert_id":"1")"), std::string::npos);
}

TEST_F(EnricherTest, AMissGivesNoEventAndTheNextAlertNoQuestion) {
    with_otx();
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    for (int i = 1; i <= 3; ++i) {
        start("www.x.com");
        EXPECT_TRUE(run_until(io_, [&] { return finished_ == i; }));
    }
    EXPECT_EQ(sink_.with("\"otx\""), 0U);
    EXPECT_EQ(http_.targets.size(), 2U);
}

TEST_F(EnricherTest, AKnownHitIsToldWithoutWaiting) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    acknowledged_ = 0;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(acknowledged_, 0) << "finished before its sender is answered";
    EXPECT_EQ(sink_.with("\"integration\":\"otx\""), 2U);
}

TEST_F(EnricherTest, WhatGivesNoEventIsNotCheckedUnlessAlwaysIsWanted) {
    with_otx();
    cache_.put("x.com", ScriptedProvider::answer("ESTABLISHED", false).verdict, 1h, Clock::now());
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(http_.targets.empty());
    EnricherOptions options;
    options.otx_always = true;
    enricher_.configure(options);
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(http_.targets.size(), 2U);
}

TEST_F(EnricherTest, ANameThatTheGateRefusesIsNeverCheckedNotEvenByAnActiveResponse) {
    with_otx();
    Job& one = job("secret.local");
    one.destination = Destination::active_response;
    one.progress.judged = Suspicion::new_domain;
    work_.spawn("trip", trip(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(http_.targets.empty());
}

TEST_F(EnricherTest, DomainStatsEventDoesNotWaitForOtx) {
    with_otx();
    http_.silent = true;
    int aside = 0;
    Job& one = job("www.x.com");
    one.on_set_aside = [&] { ++aside; };
    work_.spawn("trip", trip(one));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1; }));
    EXPECT_TRUE(run_until(io_, [&] { return aside == 1; })) << "it gives its place to others";
    EXPECT_EQ(finished_, 0);
    EXPECT_EQ(one.progress.judged, Suspicion::first_contact) << "a restart does not tell it again";
    EXPECT_FALSE(one.progress.asked.first);
}

TEST_F(EnricherTest, TenThousandSuspiciousNamesAreAllToldWhileOtxIsSilent) {
    with_otx();
    http_.silent = true;
    for (int i = 0; i < 10'000; ++i) start("x" + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 10'000; }));
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 10'000U);
    EXPECT_EQ(http_.targets.size(), 4U);
    EXPECT_EQ(reputation_.questions(), 10'000U);
}

TEST_F(EnricherTest, OfTenThousandTheQuotaOfAnHourGoesToTheNewOnesFirstAndNobodysEventWaits) {
    with_otx();
    ReputationOptions options;
    options.requests_per_hour = 100;
    reputation_.configure(options, false);
    http_.otherwise = errc::refused;  // while they come; then it is there, with a full bucket
    for (int i = 0; i < 9'940; ++i)
        provider_.answers.emplace_back(ScriptedProvider::answer("ESTABLISHED", true));
    for (int i = 0; i < 60; ++i) provider_.answers.emplace_back(ScriptedProvider::answer("NEW", true));
    for (int i = 0; i < 10'000; ++i) start((i < 9'940 ? "old" : "new") + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 10'000; }));
    EXPECT_EQ(finished_, 0);
    EXPECT_EQ(reputation_.questions(), 10'000U);

    http_.targets.clear();
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    now_ += 1h;
    for (int second = 0; second < 3600; ++second) {
        reputation_.pump();
        io_.restart();
        io_.poll();
        now_ += 1s;
    }
    EXPECT_EQ(http_.targets.size(), 100U);
    const auto is_new = [](const std::string& target) { return target.find("/new") != std::string::npos; };
    // new one.
    EXPECT_EQ(std::count_if(http_.targets.begin(), http_.targets.begin() + 60, is_new), 60);
    EXPECT_EQ(sink_.events.size(), 10'000U);
}

TEST_F(EnricherTest, AnAlertOfWhichOnlyOtxIsLeftIsNotJudgedAgain) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(2));
    Job& one = job("www.x.com");
    one.progress.judged = Suspicion::low_frequency;
    work_.spawn("trip", trip(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(provider_.asked_for.empty());
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_EQ(sink_.events[0].kind, "otx");
}

TEST_F(EnricherTest, AnActiveResponseIsAnsweredWhereItWasAsked) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    Job& one = job("www.x.com");
    one.destination = Destination::active_response;
    one.progress.judged = Suspicion::new_domain;
    work_.spawn("trip", trip(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_EQ(sink_.events[0].destination, Destination::active_response);
    EXPECT_NE(sink_.events[0].json.find(R"("agent":{"id":"001")"), std::string::npos);
}

TEST_F(EnricherTest, AnAlertThatOtxNeverAnswersIsFinishedAllTheSame) {
    with_otx();
    EnricherOptions options;
    options.otx_retry_for = 20ms;
    enricher_.configure(options);
    http_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(sink_.events.size(), 1U);
}

}  // namespace
}  // namespace enrichd::test

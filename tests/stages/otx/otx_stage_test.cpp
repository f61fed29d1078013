// Which alerts are checked against OTX, and when.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/units.hpp"
#include "pipeline/pipeline.hpp"
#include "support/alerts_fixture.hpp"
#include "support/share.hpp"

namespace enrichd::test::otx_stage_test {
namespace {

using namespace std::chrono_literals;

class OtxStageTest : public AlertsFixture {};

TEST_F(OtxStageTest, WhatWaitsForOtxNeverKeepsANewAlertOut) {
    with_otx();
    journal_.configure(10);
    http_.otherwise = ScriptedHttp::json("{}", 429);
    for (int i = 0; i < 50; ++i) {
        start("x" + std::to_string(i) + ".com");
        EXPECT_TRUE(run_until(io_, [&] { return safe_ == i + 1; }));
    }
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 50; }));
    EXPECT_EQ(refused_, 0);
    EXPECT_EQ(journal_.pending("otx"), 50U);
}

TEST_F(OtxStageTest, WhatDomainStatsTellsIsCheckedAgainstOtxAndAHitIsTold) {
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

TEST_F(OtxStageTest, AHitSaysWhatTheDomainCheckKnowsAndWhatTheAlertSaid) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    DomainStatsAnswer young = ScriptedProvider::answer("NEW", true);
    young.verdict.seen_by_web = to_http_date(wall_seconds(WallClock::now()) - 75h);
    provider_.answers.emplace_back(young);
    Job& one = job("www.x.com");
    one.alert.context = R"({"rule":"100500","process":"/opt/agent/updater"})";
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    ASSERT_EQ(sink_.events.size(), 2U);
    const auto otx = nlohmann::json::parse(sink_.events[1].json)["otx"];
    EXPECT_EQ(otx["domain"], "x.com");
    EXPECT_EQ(otx["age_days"], 3);
    EXPECT_EQ(otx["source"], nlohmann::json::parse(one.alert.context));
    EXPECT_EQ(kept().size(), 0U);
}

TEST_F(OtxStageTest, AfterARestartAHitStillHasTheContextOfItsAlert) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    KeptAlert waiting;
    waiting.alert = {"7", {"001", "pc", ""}, "www.x.com", R"({"client":"192.0.2.9"})"};
    waiting.received = Clock::now();
    waiting.stage = "otx";
    waiting.rank = Suspicion::new_domain;
    ASSERT_TRUE(run(io_, journal_.add(waiting, true, {})));
    const auto left = kept();
    ASSERT_EQ(left.size(), 1U);
    Job& one = jobs_.emplace_back(job_of(left[0]));
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_EQ(nlohmann::json::parse(sink_.events[0].json)["otx"]["source"]["client"], "192.0.2.9");
}

TEST_F(OtxStageTest, AMissGivesNoEventAndTheNextAlertNoQuestion) {
    with_otx();
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    for (int i = 1; i <= 3; ++i) {
        start("www.x.com");
        EXPECT_TRUE(run_until(io_, [&] { return finished_ == i; }));
    }
    EXPECT_EQ(sink_.with("\"otx\""), 0U);
    EXPECT_EQ(http_.targets.size(), 2U);
}

TEST_F(OtxStageTest, AKnownHitIsToldWithoutWaiting) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    start("www.x.com");
    EXPECT_EQ(finished_, 2) << "in the same turn of the loop";
    EXPECT_EQ(sink_.with("\"integration\":\"otx\""), 2U);
}

TEST_F(OtxStageTest, WhatGivesNoEventIsNotCheckedUnlessAlwaysIsWanted) {
    with_otx();
    cache_.put("x.com", ScriptedProvider::answer("ESTABLISHED", false).verdict, 1h, Clock::now());
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(http_.targets.empty());
    OtxStageOptions options;
    options.always = true;
    otx_stage_.configure(options);
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(http_.targets.size(), 2U);
}

TEST_F(OtxStageTest, AHitThatIsKnownIsToldForAgentsToWhichTheNameIsNotSuspiciousToo) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(sink_.with("\"integration\":\"otx\""), 1U);
    cache_.put("x.com", ScriptedProvider::answer("ESTABLISHED", false).verdict, 1h, Clock::now());
    const std::size_t asked = http_.targets.size();
    const auto hits = otx_cache_.hits();
    start("www.x.com");
    start("mail.x.com");  // its domain is listed
    EXPECT_EQ(finished_, 3) << "from memory";
    EXPECT_EQ(sink_.with("\"integration\":\"otx\""), 3U);
    cache_.put("y.com", ScriptedProvider::answer("ESTABLISHED", false).verdict, 1h, Clock::now());
    start("www.y.com");
    EXPECT_EQ(finished_, 4);
    EXPECT_EQ(sink_.with("\"integration\":\"otx\""), 3U);
    EXPECT_EQ(http_.targets.size(), asked) << "and nobody is asked";
    EXPECT_EQ(otx_cache_.hits(), hits) << "it is no use of the cache that its hit ratio counts";
}

TEST_F(OtxStageTest, ANameThatTheGateRefusesIsNeverCheckedNotEvenByAnActiveResponse) {
    with_otx();
    Job& one = job("secret.local");
    one.destination = Destination::active_response;
    one.rank = Suspicion::requested;
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(http_.targets.empty());
}

TEST_F(OtxStageTest, DomainStatsEventDoesNotWaitForOtx) {
    with_otx();
    http_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1; }));
    EXPECT_EQ(verdicts_.waiting(), 0U) << "it gives its place to others";
    EXPECT_EQ(finished_, 0);
    const auto in_journal = kept();
    ASSERT_EQ(in_journal.size(), 1U);
    EXPECT_EQ(in_journal[0].stage, "otx") << "a restart does not report it again";
    EXPECT_EQ(in_journal[0].rank, Suspicion::first_contact);
    EXPECT_FALSE(in_journal[0].taken);
}

/// Under sanitizers a part of it.
constexpr std::size_t ten_thousand = 10'000 / share;

TEST_F(OtxStageTest, TenThousandSuspiciousNamesAreAllToldWhileOtxIsSilent) {
    with_otx();
    reputation_.configure(roomy(), false);
    http_.silent = true;
    for (std::size_t i = 0; i < ten_thousand; ++i) start("x" + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == ten_thousand; }));
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), ten_thousand);
    EXPECT_EQ(http_.targets.size(), 4U);
    EXPECT_EQ(reputation_.questions(), ten_thousand);
}

TEST_F(OtxStageTest, OfTenThousandTheQuotaOfAnHourGoesToTheNewOnesFirstAndNobodysEventWaits) {
    SimulatedTime time;
    with_otx();
    ReputationOptions options = roomy();
    options.requests_per_hour = 100;
    reputation_.configure(options, false);
    http_.otherwise = errc::refused;  // while they come; then it is there, with a full bucket
    for (std::size_t i = 0; i < ten_thousand - 60; ++i)
        provider_.answers.emplace_back(ScriptedProvider::answer("ESTABLISHED", true));
    for (int i = 0; i < 60; ++i) provider_.answers.emplace_back(ScriptedProvider::answer("NEW", true));
    for (std::size_t i = 0; i < ten_thousand; ++i)
        start((i < ten_thousand - 60 ? "old" : "new") + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == ten_thousand; }));
    EXPECT_EQ(finished_, 0);
    EXPECT_EQ(reputation_.questions(), ten_thousand);

    http_.targets.clear();
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    time.advance(1h);
    for (int second = 0; second < 3600; ++second) {
        io_.restart();
        io_.poll();
        time.advance(1s);
    }
    EXPECT_EQ(http_.targets.size(), 100U);
    const auto is_new = [](const std::string& target) { return target.find("/new") != std::string::npos; };
    // new one.
    EXPECT_EQ(std::count_if(http_.targets.begin(), http_.targets.begin() + 60, is_new), 60);
    EXPECT_EQ(sink_.events.size(), ten_thousand);
}

TEST_F(OtxStageTest, WhatDoesNotFitIntoTheLineForOtxWaitsInTheJournalTheLeastSuspiciousFirst) {
    with_otx();
    ReputationOptions options;
    options.max_questions = options.max_waiting = 3;
    options.at_once = 1;
    reputation_.configure(options, false);
    http_.otherwise = errc::refused;
    for (const char* name : {"old1.com", "old2.com", "old3.com", "new4.com"}) {
        provider_.answers.emplace_back(
            ScriptedProvider::answer(name[0] == 'n' ? "NEW" : "ESTABLISHED", true));
        start(name);
        EXPECT_TRUE(run_until(io_, [&] { return sink_.with(name) == 1; }));
    }
    EXPECT_TRUE(run_until(io_, [&] { return journal_.waiting("otx") == 1; }));
    EXPECT_EQ(finished_, 0) << "it is not given up";
    EXPECT_TRUE(run(io_, journal_.take("otx", false, 10)).value().empty()) << "not at once";
    Journal next(database_, outbox_, 100);
    ASSERT_TRUE(run(io_, next.load()));
    const auto taken = run(io_, next.take("otx", false, 10)).value();
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].alert.query, "old3.com");
    EXPECT_EQ(taken[0].rank, Suspicion::first_contact);
}

TEST_F(OtxStageTest, AnAlertOfWhichOnlyOtxIsLeftIsNotJudgedAgain) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(2));
    Job& one = job("www.x.com");
    one.rank = Suspicion::low_frequency;
    one.progress.resume_at = "otx";
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(provider_.asked_for.empty());
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_EQ(sink_.events[0].kind, "otx");
}

TEST_F(OtxStageTest, AnAlertThatWaitsForOtxIsAskedForAlsoWhenItWouldNotBeAnyMore) {
    with_otx();
    KeptAlert waits;
    waits.alert = {"1", {"001", "pc", ""}, "www.x.com"};
    waits.received = Clock::now();
    waits.stage = "otx";  // with the rank of one that `always` had asked for
    waits.number = run(io_, journal_.add(waits, true, {})).value();
    Job job = job_of(waits);
    EXPECT_TRUE(run(io_, pipeline_.run(job)));
    EXPECT_FALSE(http_.targets.empty());
    EXPECT_TRUE(provider_.asked_for.empty());
}

TEST_F(OtxStageTest, AnActiveResponseIsAnsweredWhereItWasAsked) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    Job& one = job("www.x.com");
    one.destination = Destination::active_response;
    one.rank = Suspicion::requested;
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_EQ(sink_.events[0].destination, Destination::active_response);
    EXPECT_NE(sink_.events[0].json.find(R"("agent":{"id":"001")"), std::string::npos);
}

TEST_F(OtxStageTest, AnAlertThatOtxNeverAnswersIsFinishedAllTheSame) {
    with_otx();
    OtxStageOptions options;
    options.retry_for = 20ms;
    otx_stage_.configure(options);
    http_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(OtxStageTest, WhatOtxIsKnownToSayNeedsNoTrip) {
    with_otx();
    const Clock::time_point now = Clock::now();
    for (const char* domain : {"x.com", "bad.com"})
        cache_.put(domain, ScriptedProvider::answer("NEW", false).verdict, 1h, now);
    const auto nothing = std::make_shared<const OtxVerdict>();
    OtxVerdict one_pulse;
    one_pulse.pulse_count = 1;
    otx_cache_.put(OtxQuestion{OtxSubject::hostname, "www.x.com"}.key(), nothing, 1h, now);
    otx_cache_.put(OtxQuestion{OtxSubject::domain, "x.com"}.key(), nothing, 1h, now);
    otx_cache_.put(OtxQuestion{OtxSubject::domain, "bad.com"}.key(),
                   std::make_shared<const OtxVerdict>(one_pulse), 1h, now);

    EXPECT_TRUE(pipeline_.at_once(job("www.x.com")));
    EXPECT_EQ(sink_.events.size(), 1U);
    EXPECT_TRUE(pipeline_.at_once(job("www.bad.com")));
    ASSERT_EQ(sink_.events.size(), 3U);
    EXPECT_EQ(sink_.events[1].kind, "domain_stats");
    EXPECT_EQ(sink_.events[2].kind, "otx");
    EXPECT_TRUE(http_.targets.empty());
}

TEST_F(OtxStageTest, WhatOtxIsAskedForIsNotDoneAtOnce) {
    with_otx();
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    Job& one = job("www.x.com");
    EXPECT_FALSE(pipeline_.at_once(one));
    EXPECT_TRUE(sink_.events.empty()) << "it has to be kept before it is told";
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(sink_.with("\"NEW\""), 1U);
    EXPECT_EQ(cache_.hits(), 1U);
    EXPECT_FALSE(http_.targets.empty());
}

TEST_F(OtxStageTest, ASuspiciousAlertThatCannotBeKeptIsNotToldAgainAndAgain) {
    with_otx();
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    journal_.configure(0);
    for (int i = 1; i <= 3; ++i) {
        start("x.com");
        EXPECT_EQ(refused_, i);
    }
    EXPECT_TRUE(sink_.events.empty());
    journal_.configure(100);
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(OtxStageTest, WithOtxAlwaysAnErrorThatAnOutputDoesNotTakeIsKeptBeforeTheWait) {
    with_otx();
    OtxStageOptions options;
    options.always = true;
    otx_stage_.configure(options);
    http_.silent = true;
    verdicts_.retry_for(10ms);
    provider_.takes = 50ms;
    sink_.full = true;
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return reputation_.waiting() == 1; }));
    ASSERT_EQ(kept().size(), 1U);
    EXPECT_EQ(kept()[0].stage, "otx");
    EXPECT_EQ(kept()[0].rank, Suspicion::none);
    EXPECT_EQ(stored().size(), outbox_.waiting());
    EXPECT_GE(stored().size(), 1U);
}

}  // namespace
}  // namespace enrichd::test::otx_stage_test

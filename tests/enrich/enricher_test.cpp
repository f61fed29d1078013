// The trip of an alert, between a scripted provider and a sink in memory.
#include "enrich/enricher.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include "support/enricher_test.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

TEST_F(EnricherTest, AMissIsDurableBeforeItsSenderIsLetGoAndBeforeItIsAskedFor) {
    provider_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return safe_ == 1; }));
    const auto in_journal = kept();
    ASSERT_EQ(in_journal.size(), 1U);
    EXPECT_EQ(in_journal[0].alert.query, "www.x.com");
    EXPECT_EQ(in_journal[0].alert.agent.name, "pc");
    EXPECT_TRUE(in_journal[0].taken) << "a restart takes it for asked";
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    EXPECT_EQ(finished_, 0);
}

TEST_F(EnricherTest, AHitIsFinishedWithoutWaitingAndWritesNothing) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    run_until(io_, [&] { return database_.waiting() == 0; });
    const auto before = database_.counts().works;
    start("www.x.com");
    EXPECT_EQ(safe_, 1) << "in the same turn of the loop";
    EXPECT_EQ(finished_, 1);
    EXPECT_EQ(sink_.with("\"NEW\""), 1U);
    EXPECT_TRUE(provider_.asked_for.empty());
    EXPECT_EQ(database_.counts().works + database_.waiting(), before);
}

TEST_F(EnricherTest, AHitNeedsNoTrip) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    EXPECT_TRUE(enricher_.at_once(job("www.x.com")));
    EXPECT_EQ(sink_.with("\"NEW\""), 1U);
    EXPECT_EQ(enricher_.counts().finished, 1U);
    EXPECT_EQ(safe_ + refused_, 0) << "who brought it says so himself";
    EXPECT_TRUE(enricher_.at_once(job("server.corp"))) << "nor does what must not be asked for";
    EXPECT_EQ(enricher_.counts().gated["unknown_suffix"], 1U);
    EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(EnricherTest, ATripGoesOnWhereWhatCanBeDoneAtOnceEnds) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    Job& miss = job("www.y.com");
    EXPECT_FALSE(enricher_.at_once(miss));
    work_.spawn("trip", trip(miss));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(cache_.misses(), 1U) << "looked up once";
    EXPECT_EQ(provider_.asked_for.size(), 1U);

    sink_.fails_once = true;
    Job& untaken = job("www.x.com");
    EXPECT_FALSE(enricher_.at_once(untaken)) << "its event has to be made durable";
    work_.spawn("trip", trip(untaken));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(stored().size(), 1U);
    EXPECT_EQ(sink_.with("www.x.com"), 0U) << "and is not told twice";
}

TEST_F(EnricherTest, WhatOtxIsKnownToSayNeedsNoTrip) {
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

    EXPECT_TRUE(enricher_.at_once(job("www.x.com")));
    EXPECT_EQ(sink_.events.size(), 1U);
    EXPECT_TRUE(enricher_.at_once(job("www.bad.com")));
    ASSERT_EQ(sink_.events.size(), 3U);
    EXPECT_EQ(sink_.events[1].kind, "domain_stats");
    EXPECT_EQ(sink_.events[2].kind, "otx");
    EXPECT_TRUE(http_.targets.empty());
}

TEST_F(EnricherTest, WhatOtxIsAskedForIsNotDoneAtOnce) {
    with_otx();
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    Job& one = job("www.x.com");
    EXPECT_FALSE(enricher_.at_once(one));
    EXPECT_TRUE(sink_.events.empty()) << "it has to be kept before it is told";
    work_.spawn("trip", trip(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(sink_.with("\"NEW\""), 1U);
    EXPECT_EQ(cache_.hits(), 1U);
    EXPECT_FALSE(http_.targets.empty());
}

TEST_F(EnricherTest, AHitThatAnOutputDoesNotTakeIsSafeWhenItsEventIsDurable) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    sink_.full = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return safe_ == 1; }));
    EXPECT_EQ(database_.waiting(), 0U) << "not before it is committed";
    ASSERT_EQ(stored().size(), 1U);
    EXPECT_EQ(stored()[0].event.kind, "domain_stats");
    EXPECT_TRUE(kept().empty());
}

TEST_F(EnricherTest, AnAlertLeavesTheJournalInTheTransactionThatKeepsItsEvent) {
    sink_.full = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(kept().empty());
    ASSERT_EQ(stored().size(), 1U);
    EXPECT_NE(stored()[0].event.json.find("YOUR-FIRST-CONTACT"), std::string::npos);
}

TEST_F(EnricherTest, AVerdictIsRememberedWithTheAlertThatItWasAskedFor) {
    Snapshot snapshot(database_, 100);
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    const auto remembered = run(io_, snapshot.after(Verdicts::provider_name, "", 10)).value();
    ASSERT_EQ(remembered.size(), 1U);
    EXPECT_EQ(remembered[0].key, "x.com");
    EXPECT_EQ(remembered[0].body.find("FIRST-CONTACT"), std::string::npos);
    EXPECT_GT(remembered[0].expires, wall_seconds(WallClock::now()) + 23h);
}

TEST_F(EnricherTest, WhatDoesNotFitIntoMemoryWaitsInTheJournalAndItsSenderIsLetGo) {
    EnricherOptions options;
    options.in_hand = 3;
    enricher_.configure(options);
    provider_.silent = true;
    for (int i = 0; i < 10; ++i) {
        start("x" + std::to_string(i) + ".com");
        EXPECT_TRUE(run_until(io_, [&] { return safe_ == i + 1; }));
    }
    EXPECT_EQ(provider_.asked_for.size(), 3U);
    EXPECT_EQ(journal_.waiting(WaitsFor::domain_stats), 7U);
    EXPECT_EQ(journal_.pending(), 10U);
    const auto taken = run(io_, journal_.take(WaitsFor::domain_stats, 2)).value();
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].alert.query, "x3.com") << "oldest first";
}

TEST_F(EnricherTest, WhenTheJournalIsFullWhatHasToWaitIsNotSafeAndAHitIs) {
    Journal full(database_, outbox_, 0);
    ASSERT_TRUE(run(io_, full.load()));
    enricher_.keep_in(full);
    cache_.put("known.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    start("x.com");
    EXPECT_EQ(refused_, 1);
    EXPECT_TRUE(provider_.asked_for.empty()) << "or its first contact would be used up";
    start("known.com");
    EXPECT_EQ(safe_, 1);
    sink_.full = true;
    start("known.com");
    EXPECT_EQ(refused_, 2);
    EXPECT_EQ(outbox_.waiting(), 0U);
}

TEST_F(EnricherTest, ASuspiciousAlertThatCannotBeKeptIsNotToldAgainAndAgain) {
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

TEST_F(EnricherTest, AnEventThatIsOutIsWrittenDownEvenWhenAllIsCancelled) {
    // All is cancelled between the answer and the moment in which the alert that waits for it goes on.
    provider_.failing = [this](const std::string&) {
        asio::post(io_, [this] { work_.cancel(); });
        return error();
    };
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return !sink_.events.empty(); }));
    EXPECT_TRUE(run(io_, work_.drained(Clock::now() + 5s)));
    EXPECT_EQ(sink_.events.size(), 1U);
    EXPECT_TRUE(kept().empty());
}

TEST_F(EnricherTest, WithOtxAlwaysAnErrorThatAnOutputDoesNotTakeIsKeptBeforeTheWait) {
    with_otx();
    EnricherOptions options;
    options.otx_always = true;
    enricher_.configure(options);
    http_.silent = true;
    verdicts_.retry_for(10ms);
    provider_.takes = 50ms;
    sink_.full = true;
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return reputation_.waiting() == 1; }));
    ASSERT_EQ(kept().size(), 1U);
    EXPECT_EQ(kept()[0].judged, Suspicion::none);
    EXPECT_EQ(stored().size(), outbox_.waiting());
    EXPECT_GE(stored().size(), 1U);
}

TEST_F(EnricherTest, AtAStopWhatWasNotAskedGoesBackToWaitAndWhatWasIsTakenFirst) {
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("asked.com");
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    start("unasked.com");
    EXPECT_TRUE(run_until(io_, [&] { return safe_ == 2 && verdicts_.waiting() == 2; }));
    verdicts_.stop();
    work_.cancel();
    EXPECT_TRUE(run(io_, work_.drained(Clock::now() + 5s)));
    const auto in_hand = kept();
    ASSERT_EQ(in_hand.size(), 1U);
    EXPECT_EQ(in_hand[0].alert.query, "asked.com");
    EXPECT_EQ(journal_.waiting(WaitsFor::domain_stats), 1U);
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
    Enricher alone(sink_, EnricherOptions{});
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
    start("www.x.com");
    EXPECT_EQ(finished_, 2) << "in the same turn of the loop";
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
    one.judged = Suspicion::new_domain;
    work_.spawn("trip", trip(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(http_.targets.empty());
}

TEST_F(EnricherTest, DomainStatsEventDoesNotWaitForOtx) {
    with_otx();
    http_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1; }));
    EXPECT_EQ(verdicts_.waiting(), 0U) << "it gives its place to others";
    EXPECT_EQ(finished_, 0);
    const auto in_journal = kept();
    ASSERT_EQ(in_journal.size(), 1U);
    EXPECT_EQ(in_journal[0].judged, Suspicion::first_contact) << "a restart does not tell it again";
    EXPECT_FALSE(in_journal[0].taken);
}

TEST_F(EnricherTest, TenThousandSuspiciousNamesAreAllToldWhileOtxIsSilent) {
    with_otx();
    reputation_.configure(roomy(), false);
    http_.silent = true;
    for (int i = 0; i < 10'000; ++i) start("x" + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 10'000; }));
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 10'000U);
    EXPECT_EQ(http_.targets.size(), 4U);
    EXPECT_EQ(reputation_.questions(), 10'000U);
}

TEST_F(EnricherTest, OfTenThousandTheQuotaOfAnHourGoesToTheNewOnesFirstAndNobodysEventWaits) {
    with_otx();
    ReputationOptions options = roomy();
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

TEST_F(EnricherTest, WhatDoesNotFitIntoTheLineForOtxWaitsInTheJournalTheLeastSuspiciousFirst) {
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
    EXPECT_TRUE(run_until(io_, [&] { return journal_.waiting(WaitsFor::otx) == 1; }));
    EXPECT_EQ(finished_, 0) << "it is not given up";
    EXPECT_TRUE(run(io_, journal_.take(WaitsFor::otx, 10)).value().empty()) << "not at once";
    Journal next(database_, outbox_, 100);
    ASSERT_TRUE(run(io_, next.load()));
    const auto taken = run(io_, next.take(WaitsFor::otx, 10)).value();
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].alert.query, "old3.com");
    EXPECT_EQ(taken[0].judged, Suspicion::first_contact);
}

TEST_F(EnricherTest, AnAlertOfWhichOnlyOtxIsLeftIsNotJudgedAgain) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(2));
    Job& one = job("www.x.com");
    one.judged = Suspicion::low_frequency;
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
    one.judged = Suspicion::new_domain;
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

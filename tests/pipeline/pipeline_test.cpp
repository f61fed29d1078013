// The way of an alert, between a scripted provider and a sink in memory.
#include "pipeline/pipeline.hpp"

#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

#include "support/alerts_fixture.hpp"

namespace enrichd::test::pipeline_test {
namespace {

using namespace std::chrono_literals;

class PipelineTest : public AlertsFixture {
  protected:
    static task<void> go_on(Pipeline& pipeline, Job& one) { co_await pipeline.run(one); }
};

TEST_F(PipelineTest, AMissIsDurableBeforeItsSenderIsLetGoAndBeforeItIsAskedFor) {
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

TEST_F(PipelineTest, AHitIsFinishedWithoutWaitingAndWritesNothing) {
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

TEST_F(PipelineTest, AHitNeedsNoTrip) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    EXPECT_TRUE(pipeline_.at_once(job("www.x.com")));
    EXPECT_EQ(sink_.with("\"NEW\""), 1U);
    EXPECT_EQ(pipeline_.counts().finished, 1U);
    EXPECT_EQ(safe_ + refused_, 0) << "who brought it says so himself";
    EXPECT_TRUE(pipeline_.at_once(job("server.corp"))) << "nor does what must not be asked for";
    EXPECT_EQ(pipeline_.counts().gated["unknown_suffix"], 1U);
    EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(PipelineTest, ATripGoesOnWhereWhatCanBeDoneAtOnceEnds) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    Job& miss = job("www.y.com");
    EXPECT_FALSE(pipeline_.at_once(miss));
    work_.spawn("alert", process(miss));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(cache_.misses(), 1U) << "looked up once";
    EXPECT_EQ(provider_.asked_for.size(), 1U);

    sink_.fails_once = true;
    Job& untaken = job("www.x.com");
    EXPECT_FALSE(pipeline_.at_once(untaken)) << "its event has to be made durable";
    work_.spawn("alert", process(untaken));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(stored().size(), 1U);
    EXPECT_EQ(sink_.with("www.x.com"), 0U) << "and is not told twice";
}

TEST_F(PipelineTest, AHitThatAnOutputDoesNotTakeIsSafeWhenItsEventIsDurable) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    sink_.full = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return safe_ == 1; }));
    EXPECT_EQ(database_.waiting(), 0U) << "not before it is committed";
    ASSERT_EQ(stored().size(), 1U);
    EXPECT_EQ(stored()[0].event.kind, "domain_stats");
    EXPECT_TRUE(kept().empty());
}

TEST_F(PipelineTest, AnAlertLeavesTheJournalInTheTransactionThatKeepsItsEvent) {
    sink_.full = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(kept().empty());
    ASSERT_EQ(stored().size(), 1U);
    EXPECT_NE(stored()[0].event.json.find("YOUR-FIRST-CONTACT"), std::string::npos);
}

TEST_F(PipelineTest, AVerdictIsRememberedWithTheAlertThatItWasAskedFor) {
    Snapshot snapshot(database_, 100);
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    const auto remembered = run(io_, snapshot.after(Verdicts::provider_name, "", 10)).value();
    ASSERT_EQ(remembered.size(), 1U);
    EXPECT_EQ(remembered[0].key, "x.com");
    EXPECT_EQ(remembered[0].body.find("FIRST-CONTACT"), std::string::npos);
    EXPECT_GT(remembered[0].expires, wall_seconds(WallClock::now()) + 23h);
}

TEST_F(PipelineTest, WhatDoesNotFitIntoMemoryWaitsInTheJournalAndItsSenderIsLetGo) {
    DomainCheckOptions options;
    options.in_memory = 3;
    domain_check_.configure(options);
    provider_.silent = true;
    for (int i = 0; i < 10; ++i) {
        start("x" + std::to_string(i) + ".com");
        EXPECT_TRUE(run_until(io_, [&] { return safe_ == i + 1; }));
    }
    EXPECT_EQ(provider_.asked_for.size(), 3U);
    EXPECT_EQ(journal_.waiting("domain_stats"), 7U);
    EXPECT_EQ(journal_.pending(), 10U);
    const auto taken = run(io_, journal_.take("domain_stats", true, 2)).value();
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_EQ(taken[0].alert.query, "x3.com") << "oldest first";
}

TEST_F(PipelineTest, WhenTheJournalIsFullWhatHasToWaitIsNotSafeAndAHitIs) {
    Journal full(database_, outbox_, 0);
    ASSERT_TRUE(run(io_, full.load()));
    pipeline_.keep_in(full);
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

TEST_F(PipelineTest, AnEventThatIsOutIsWrittenDownEvenWhenAllIsCancelled) {
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

TEST_F(PipelineTest, AtAStopWhatWasNotAskedGoesBackToWaitAndWhatWasIsTakenFirst) {
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("asked.com");
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    start("unasked.com");
    EXPECT_TRUE(run_until(io_, [&] { return safe_ == 2 && verdicts_.waiting() == 2; }));
    verdicts_.stop();
    work_.cancel();
    EXPECT_TRUE(run(io_, work_.drained(Clock::now() + 5s)));
    const auto in_flight = kept();
    ASSERT_EQ(in_flight.size(), 1U);
    EXPECT_EQ(in_flight[0].alert.query, "asked.com");
    EXPECT_EQ(journal_.waiting("domain_stats"), 1U);
}

TEST_F(PipelineTest, ACancelledTripIsNotFinishedAndSendsNothing) {
    provider_.silent = true;
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    work_.cancel();
    EXPECT_TRUE(run(io_, work_.drained(Clock::now() + 5s)));
    EXPECT_EQ(finished_, 0);
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(PipelineTest, RefusalsAreCountedByReason) {
    for (const char* query : {"a b", "10.0.0.1", "wpad", "x.local"}) start(query);
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 4; }));
    EXPECT_EQ(pipeline_.counts().rejected["name_bad_character"], 1U);
    EXPECT_EQ(pipeline_.counts().gated["ip_literal"], 1U);
    EXPECT_EQ(pipeline_.counts().gated["single_label"], 1U);
    EXPECT_EQ(pipeline_.counts().gated["special_use"], 1U);
    EXPECT_TRUE(provider_.asked_for.empty());
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(PipelineTest, AlertsThatWaitForAStageThatIsOffGoOnBehindItAndKeepTheirShare) {
    Journal next(database_, outbox_, 100);
    Pipeline without(sink_);
    without.keep_in(next);
    without.add(domain_check_);
    without.add_off("otx", true);
    ASSERT_TRUE(run(io_, next.load()));
    KeptAlert kept_for_otx;
    kept_for_otx.alert = {"1", {"001", "pc", ""}, "www.x.com"};
    kept_for_otx.stage = "otx";
    kept_for_otx.rank = Suspicion::new_domain;
    kept_for_otx.number = run(io_, next.add(kept_for_otx, true, {})).value();
    EXPECT_EQ(next.room(), 100U) << "they keep no new alert out";
    Job job = job_of(kept_for_otx);
    EXPECT_TRUE(run(io_, without.run(job)));
    EXPECT_EQ(next.pending(), 0U);
    EXPECT_TRUE(provider_.asked_for.empty());
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(PipelineTest, WhatAnEarlierRunAskedKeepsItsTimeUntilItIsAnswered) {
    // 2026-12-01: a run that asked again after a kill wrote down its own time, and the next run did not find
    // the lost first contact.
    Pipeline behind_lists(sink_);
    behind_lists.keep_in(journal_);
    behind_lists.add_off("lists", false);
    behind_lists.add(domain_check_);
    provider_.silent = true;
    KeptAlert kept_by_a_kill;
    kept_by_a_kill.alert = {"1", {"001", "pc", ""}, "www.x.com"};
    kept_by_a_kill.received = Clock::now();
    kept_by_a_kill.stage = "lists";
    kept_by_a_kill.taken = wall_seconds(WallClock::now() - 60s);
    kept_by_a_kill.number = run(io_, journal_.add(kept_by_a_kill, true, {})).value();
    Job& one = jobs_.emplace_back(job_of(kept_by_a_kill));
    work_.spawn("alert", go_on(behind_lists, one));
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    ASSERT_EQ(kept().size(), 1U);
    EXPECT_EQ(kept()[0].stage, "domain_stats");
    EXPECT_EQ(kept()[0].taken, kept_by_a_kill.taken);
    work_.cancel();
    run(io_, work_.drained(Clock::now() + 5s));
}

TEST_F(PipelineTest, WithoutAProviderAlertsEndAtTheGate) {
    Pipeline alone(sink_);
    Job& one = job("www.x.com");
    EXPECT_TRUE(run(io_, alone.run(one)));
    EXPECT_TRUE(sink_.events.empty());
}

}  // namespace
}  // namespace enrichd::test::pipeline_test

// Alerts out of the journal, between a scripted provider and a real state file.
#include "pipeline/backlog.hpp"

#include <gtest/gtest.h>

#include "support/pipeline_fixture.hpp"

namespace enrichd::test::backlog_test {
namespace {

using namespace std::chrono_literals;

class BacklogTest : public PipelineFixture {
  protected:
    /// It waits for OTX when it has a rank, else for the domain check.
    void keep(const std::string& query, bool in_progress, std::optional<Suspicion> rank = {},
              std::optional<WallTime> taken = {}) {
        KeptAlert one;
        one.alert = {query, {"001", "pc", ""}, query};
        one.received = Clock::now();
        one.stage = rank ? "otx" : "domain_stats";
        one.rank = rank.value_or(Suspicion::none);
        one.taken = taken;
        one.hash = 1;
        ASSERT_TRUE(run(io_, journal_.add(one, in_progress, {})));
    }
    /// As in the next run: nothing is known but what the file has.
    void restart() { restart(pipeline_); }
    void restart(Pipeline& pipeline) {
        backlog_.reset();
        next_.emplace(database_, outbox_, 100'000);
        pipeline.keep_in(*next_);
        backlog_.emplace(io_, work_, pipeline, *next_, recent_);
        EXPECT_FALSE(run(io_, backlog_->resume()));
    }
    static task<void> work_on(Pipeline& pipeline, Job& job) { co_await pipeline.run(job); }
    void watch() { services_.spawn("backlog", backlog_->watch()); }

    Recent recent_;
    std::optional<Journal> next_;
    std::optional<Backlog> backlog_;
};

TEST_F(BacklogTest, GoesOnWithWhatWasInFlightBeforeAnythingElse) {
    keep("waits.com", false);
    keep("in-hand.com", true);
    provider_.silent = true;
    restart();
    EXPECT_EQ(provider_.asked_for, std::vector<std::string>{"in-hand.com"});
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 2; }));
    EXPECT_EQ(recent_.take(1), Recent::Seen::safe) << "their contents are known";
}

TEST_F(BacklogTest, FinishesAllAndEmptiesTheJournal) {
    for (int i = 0; i < 2000; ++i) keep("x" + std::to_string(i) + ".com", false);
    restart();
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return next_->pending() == 0; }));
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 2000U);
    for (std::size_t i = 1; i < provider_.asked_for.size(); ++i)
        ASSERT_EQ(provider_.asked_for[i], "x" + std::to_string(i) + ".com") << "oldest first";
    EXPECT_TRUE(kept().empty());
}

TEST_F(BacklogTest, ANewAlertDoesNotPassThoseThatWait) {
    keep("older.com", false);
    restart();
    Job job{{"2", {}, "newer.com"}, Clock::now()};
    EXPECT_FALSE(run(io_, pipeline_.run(job))) << "it waits behind the other";
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 2; }));
    EXPECT_EQ(provider_.asked_for, (std::vector<std::string>{"older.com", "newer.com"}));
}

TEST_F(BacklogTest, AQuestionThatMayHaveBeenAskedFindsItsFirstContactEvenIfANewAlertComesFirst) {
    keep("lost.com", true, {}, wall_seconds(WallClock::now()) - 10s);
    provider_.silent = true;
    restart();
    Job job{{"2", {}, "www.lost.com"}, Clock::now()};
    work_.spawn("alert", work_on(pipeline_, job));
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.waiting() == 2; }));
    EXPECT_EQ(provider_.asked_for, std::vector<std::string>{"lost.com"}) << "they share its question";
    verdicts_.stop();
    work_.cancel();
    run(io_, work_.drained(Clock::now() + 5s));
}

TEST_F(BacklogTest, DomainsForWhichTheServerAlwaysFailsKeepNobodysPlace) {
    for (int i = 0; i < 1500; ++i) keep("www.never" + std::to_string(i) + ".de", false);
    for (int i = 0; i < 300; ++i) keep("www.good" + std::to_string(i) + ".com", false);
    provider_.failing = [](const std::string& domain) {
        return domain.starts_with("never") ? error(errc::http_status) : error();
    };
    restart();
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with(".com\"") == 300; }));
    EXPECT_TRUE(run_until(io_, [&] { return next_->deferred("domain_stats") == 1500; }));
    EXPECT_EQ(verdicts_.waiting(), 0U);
    const auto asked = provider_.asked_for.size();
    EXPECT_LE(asked, 1500U * 3 + 300);
    Job again{{"2", {}, "mail.never7.de"}, Clock::now()};
    EXPECT_FALSE(run(io_, pipeline_.run(again)));
    EXPECT_EQ(next_->deferred("domain_stats"), 1501U);
    EXPECT_EQ(provider_.asked_for.size(), asked) << "it is known that it fails";
}

TEST_F(BacklogTest, AnAlertThatIsPutOffEndsInItsErrorEventWhenItsTimeIsOverAndNotLater) {
    verdicts_.retry_for(600ms);  // less than a domain is deferred for
    provider_.failing = [](const std::string&) { return error(errc::http_status); };
    restart();
    watch();
    Job job{{"1", {}, "www.never.de"}, Clock::now()};
    EXPECT_FALSE(run(io_, pipeline_.run(job)));
    EXPECT_EQ(next_->deferred("domain_stats"), 1U);
    EXPECT_TRUE(run_until(
        io_, [&] { return next_->pending() == 0; }, 5s));
    EXPECT_GE(Clock::now() - job.received, 600ms);
    EXPECT_NE(sink_.events.back().json.find("status that is not 200"), std::string::npos);
}

TEST_F(BacklogTest, ANewAlertForADomainThatAnEarlierRunAskedForFindsTheFirstContact) {
    provider_.failing = [](const std::string&) { return error(errc::http_status); };
    keep("www.lost.com", true, {}, wall_seconds(WallClock::now()) - 10s);
    restart();
    EXPECT_TRUE(run_until(io_, [&] { return next_->deferred("domain_stats") == 1; }));
    run_until(io_, [&] { return database_.waiting() == 0; });

    provider_.failing = nullptr;
    provider_.silent = true;
    Verdicts verdicts(io_, work_, cache_, provider_, quick_verdicts());
    Pipeline pipeline(sink_);
    DomainCheck domain_check(verdicts, pipeline);
    pipeline.add(domain_check);
    restart(pipeline);
    Job job{{"2", {}, "mail.lost.com"}, Clock::now()};
    work_.spawn("alert", work_on(pipeline, job));
    EXPECT_TRUE(run_until(io_, [&] { return verdicts.waiting() == 1; }));
    verdicts.stop();
    work_.cancel();
    run(io_, work_.drained(Clock::now() + 5s));
    EXPECT_EQ(job.asked.times, 2U);
    EXPECT_LE(*job.asked.first, wall_seconds(WallClock::now()) - 10s);
    backlog_.reset();
}

TEST_F(BacklogTest, WhatWasJudgedIsOnlyCheckedAgainstOtx) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    keep("a.com", true, Suspicion::new_domain);
    keep("b.com", false, Suspicion::new_domain);
    restart();
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("\"integration\":\"otx\"") == 2; }));
    EXPECT_TRUE(provider_.asked_for.empty());
}

TEST_F(BacklogTest, SleepsWhileNothingWaits) {
    restart();
    watch();
    io_.restart();
    const std::size_t turns = io_.run_for(1s);  // a busy machine has fewer
    EXPECT_LE(turns, 10U) << "and not 50 looks a second";
}

TEST_F(BacklogTest, SleepsWhileWhatWaitsHasNoRoomAndIsWokenByRoom) {
    for (int i = 0; i < 1'010; ++i) keep("x" + std::to_string(i) + ".com", false);
    provider_.silent = true;
    restart();
    watch();
    ASSERT_TRUE(run_until(io_, [&] { return verdicts_.waiting() == 1'000; }));
    EXPECT_EQ(next_->waiting("domain_stats"), 10U);
    io_.restart();
    io_.run_for(100ms);
    io_.restart();
    EXPECT_LE(io_.run_for(1s), 10U);
    DomainCheckOptions more;
    more.in_memory = 1'010;
    domain_check_.configure(more);
    EXPECT_TRUE(run_until(io_, [&] { return next_->waiting("domain_stats") == 0; }));
    verdicts_.stop();
    work_.cancel();
    run(io_, work_.drained(Clock::now() + 5s));
}

TEST_F(BacklogTest, SleepsWhileAlertsWaitForOtxWhoseMemoryIsFull) {
    with_otx();
    ReputationOptions full;
    full.max_waiting = 0;
    reputation_.configure(full, false);
    keep("x.com", false, Suspicion::new_domain);
    restart();
    watch();
    io_.restart();
    io_.run_for(100ms);
    EXPECT_EQ(next_->waiting("otx"), 1U);
    io_.restart();
    EXPECT_LE(io_.run_for(1s), 10U);
}

TEST_F(BacklogTest, AJournalThatCannotBeReadIsAnErrorAndLaterItGoesOn) {
    keep("x.com", true);
    auto broken = std::make_shared<std::atomic<bool>>(true);
    database_.run_surely([broken](StateFile& file) {
        if (*broken) file.fail(errc::store_full, "as if");
    });
    ASSERT_TRUE(run_until(io_, [&] { return database_.trouble().has_value(); }));
    next_.emplace(database_, outbox_, 100'000);
    pipeline_.keep_in(*next_);
    backlog_.emplace(io_, work_, pipeline_, *next_, recent_);
    EXPECT_EQ(run(io_, backlog_->resume()), errc::store_full);
    *broken = false;
    ASSERT_TRUE(run_until(io_, [&] { return !database_.trouble(); }));
    EXPECT_FALSE(run(io_, backlog_->resume()));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1; }));
}

}  // namespace
}  // namespace enrichd::test::backlog_test

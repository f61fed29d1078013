// What Domain Stats is asked, when, and what becomes of those that wait; in the whole pipeline.
#include "stages/domain_stats/verdicts.hpp"

#include <gtest/gtest.h>

#include "support/alerts_fixture.hpp"

namespace enrichd::test::verdicts_test {
namespace {

using namespace std::chrono_literals;

class VerdictsTest : public AlertsFixture {
  protected:
    /// A reload with these internal domains.
    void skip(std::vector<std::string> suffixes) {
        GateOptions gate;
        gate.skip_suffixes = std::move(suffixes);
        pipeline_.filter(gate);
    }
    std::vector<std::string> stored_verdicts() {
        run_until(io_, [&] { return database_.waiting() == 0; });
        std::vector<std::string> out;
        Snapshot snapshot(database_, 1000);
        for (const auto& one : run(io_, snapshot.after("domain_stats", "", 1000)).value())
            out.push_back(one.key);
        return out;
    }
    static bool hangs(const std::string& domain) { return domain.starts_with("hang"); }
};

TEST_F(VerdictsTest, ANameThatAReloadMakesInternalIsNotAskedForThoughItWaits) {
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("secret.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    start("secret.y.com");
    start("www.z.com");
    skip({"x.com", "secret.y.com"});
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; })) << "it is over for them at once";
    EXPECT_EQ(pipeline_.counts().gated["skip_suffix"], 2U);
    provider_.there = true;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 3; }));
    EXPECT_EQ(provider_.names, (std::vector<std::string>{"secret.x.com", "www.z.com"}));
    EXPECT_TRUE(kept().empty());
    EXPECT_EQ(sink_.with("secret.y.com"), 0U);
}

TEST_F(VerdictsTest, ANameThatAReloadMakesInternalIsNotTriedAgain) {
    provider_.hanging = hangs;
    start("hang.x.com");
    provider_.hanging = [](const std::string&) { return true; };
    start("www.y.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.names.size() == 2; }));
    skip({"y.com"});
    ++provider_.wakes;
    provider_.hanging = nullptr;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(std::count(provider_.names.begin(), provider_.names.end(), "www.y.com"), 1);
    EXPECT_EQ(cache_.peek("y.com", Clock::now()), nullptr);
}

TEST_F(VerdictsTest, OfADomainOnlyTheInternalNamesAreDropped) {
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("first.com");
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    start("db.internal.x.com");
    start("www.x.com");
    skip({"internal.x.com"});
    provider_.there = true;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 3; }));
    EXPECT_EQ(std::count(provider_.names.begin(), provider_.names.end(), "www.x.com"), 1);
    EXPECT_EQ(std::count(provider_.names.begin(), provider_.names.end(), "db.internal.x.com"), 0);
    EXPECT_EQ(sink_.with("\"www.x.com\""), 1U) << "and it gets the first contact";
}

TEST_F(VerdictsTest, AnInternalNameThatWaitsInTheJournalEndsThere) {
    provider_.failing = [](const std::string&) { return error(errc::http_status); };
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return journal_.deferred("domain_stats") == 1; }));
    skip({"x.com"});
    provider_.names.clear();
    Journal next(database_, outbox_, 100);
    const auto loaded = run(io_, next.load()).value();
    EXPECT_TRUE(loaded.in_progress.empty());
    auto taken = run(io_, next.take_deferred("domain_stats", true, 10)).value();
    ASSERT_EQ(taken.size(), 1U);
    Job again = job_of(std::move(taken[0]));
    EXPECT_TRUE(run(io_, pipeline_.run(again)));
    EXPECT_TRUE(provider_.names.empty());
    EXPECT_EQ(pipeline_.counts().gated["skip_suffix"], 1U);
}

TEST_F(VerdictsTest, AnAnswerOfTheServerBeforeIsNotTakenForTheNewOnes) {
    provider_.takes = 100ms;
    provider_.answers.emplace_back(ScriptedProvider::answer("ESTABLISHED", true));
    provider_.answers.emplace_back(ScriptedProvider::answer("NEW", true));
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.in_flight == 1; }));
    verdicts_.provider_changed();
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(provider_.asked_for.size(), 2U);
    EXPECT_EQ(cache_.find("x.com", Clock::now())->unpack().category, "NEW");
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_NE(sink_.events[0].json.find("\"NEW\""), std::string::npos);
}

TEST_F(VerdictsTest, ALateAnswerDoesNotBringBackWhatWasFlushed) {
    provider_.takes = 100ms;
    start("x.com");
    start("y.com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.in_flight == 2; }));
    cache_.clear();
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 2U) << "it is told";
    EXPECT_EQ(cache_.size(), 0U);
    EXPECT_TRUE(stored_verdicts().empty());
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 3; }));
    EXPECT_EQ(stored_verdicts(), std::vector<std::string>{"x.com"});
}

TEST_F(VerdictsTest, NamesThatHangDoNotHoldUpOthers) {
    verdicts_.slots(8);
    provider_.hanging = hangs;
    for (int i = 0; i < 8; ++i) start("hang" + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.in_flight == 8; }));
    ++provider_.wakes;
    EXPECT_TRUE(run_until(io_, [&] { return provider_.in_flight == 4; })) << "the failed ones, again";
    for (int i = 0; i < 20; ++i) start("good" + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 20; }));
    EXPECT_EQ(provider_.in_flight, 4U) << "they still hang";
    EXPECT_LE(provider_.most_in_flight, 8U);
    EXPECT_FALSE(verdicts_.trouble());
    ++provider_.wakes;
    EXPECT_TRUE(run_until(io_, [&] { return provider_.in_flight > 0; }));
    EXPECT_FALSE(verdicts_.trouble()) << "it answers others";
    EXPECT_FALSE(verdicts_.away());
}

TEST_F(VerdictsTest, OneNameThatHangsDoesNotPauseTheServer) {
    provider_.hanging = hangs;
    start("hang.com");
    for (unsigned i = 1; i <= 5; ++i) {
        EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == i; }));
        ++provider_.wakes;
    }
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 6; }));
    EXPECT_FALSE(verdicts_.away());
    EXPECT_EQ(provider_.probes, 0);
}

TEST_F(VerdictsTest, ThreeNamesThatTimeOutAreAReasonToProbeAndAServerThatIsThereIsNotAway) {
    provider_.hanging = hangs;
    for (int i = 0; i < 3; ++i) start("hang" + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return provider_.in_flight == 3; }));
    ++provider_.wakes;
    EXPECT_TRUE(run_until(io_, [&] { return provider_.probes == 1 && provider_.in_flight == 3; }));
    EXPECT_FALSE(verdicts_.away());
    provider_.there = false;
    ++provider_.wakes;
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
}

TEST_F(VerdictsTest, ClientsLeaveHalfOfTheSlotsToAlerts) {
    verdicts_.slots(8);
    provider_.hanging = hangs;
    for (int i = 0; i < 100; ++i) {
        Job& client = job("hang" + std::to_string(i) + ".com");
        client.patience = 30s;
        const auto name = HostName::parse(client.alert.query);
        work_.spawn("client", wait_as_client(client, *name));
    }
    io_.restart();
    io_.poll();
    EXPECT_EQ(provider_.in_flight, 4U);
    start("good.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(provider_.names.back(), "good.com");
}

TEST_F(VerdictsTest, WhoGivesUpInAnOutageLeavesNothingBehind) {
    verdicts_.retry_for(20ms);
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    for (int i = 0; i < 500; ++i) start("y" + std::to_string(i) + ".com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 501; }));
    EXPECT_LE(verdicts_.questions(), 1U);
    EXPECT_LE(work_.running(), 2U) << "the probe, and a question that sleeps";
}

TEST_F(VerdictsTest, AnAlertWhoseTimeIsOverIsNotAskedForAndEndsWithItsDomainsOwnError) {
    provider_.failing = [](const std::string&) { return error(errc::http_status); };
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return journal_.deferred("domain_stats") == 1; }));
    const auto asked = provider_.asked_for.size();
    Job& late = job("x.com");
    late.received = Clock::now() - 2h;
    work_.spawn("alert", process(late));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(provider_.asked_for.size(), asked);
    EXPECT_EQ(verdicts_.questions(), 0U);
    EXPECT_NE(sink_.events.back().json.find("status that is not 200"), std::string::npos)
        << sink_.events.back().json;
}

TEST_F(VerdictsTest, AFirstContactWhoseAnswerComesTooLateForAllIsFoundByTheNextWhoAsks) {
    verdicts_.retry_for(10ms);
    provider_.takes = 50ms;
    provider_.answers.emplace_back(ScriptedProvider::answer("NEW", true));
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; })) << "it has given up";
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.questions() == 0; }));
    EXPECT_EQ(cache_.size(), 0U);
    verdicts_.retry_for(1h);
    provider_.silent = true;
    Job& next = start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.waiting() == 1; }));
    verdicts_.stop();
    work_.cancel();
    run(io_, work_.drained(Clock::now() + 5s));
    EXPECT_GE(next.asked.times, 2U) << "the provider hears that it was asked before";
}

TEST_F(VerdictsTest, OfManyThatWaitTheFirstGetsTheFirstContact) {
    for (int i = 0; i < 50; ++i) start("host" + std::to_string(i) + ".x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 50; }));
    EXPECT_EQ(provider_.asked_for, std::vector<std::string>{"x.com"});
    ASSERT_EQ(sink_.events.size(), 1U);
    EXPECT_NE(sink_.events[0].json.find("\"host0.x.com\""), std::string::npos);
    EXPECT_TRUE(cache_.find("x.com", Clock::now())->unpack().alerts.empty());
}

TEST_F(VerdictsTest, AFailedQuestionIsAskedAgainUntilItIsAnswered) {
    for (const errc failure : {errc::cut, errc::deadline}) provider_.answers.push_back(failure);
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_EQ(provider_.asked_for.size(), 3U);
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 1U);
    EXPECT_EQ(cache_.size(), 1U);
}

TEST_F(VerdictsTest, AnErrorIsNeverCachedAndADomainThatFailsIsPutOff) {
    provider_.answers.assign(1000, errc::http_status);
    start("www.x.com");
    EXPECT_TRUE(run_until(io_, [&] { return journal_.deferred("domain_stats") == 1; }));
    EXPECT_EQ(provider_.asked_for.size(), 3U);
    EXPECT_EQ(cache_.size(), 0U);
    EXPECT_EQ(verdicts_.waiting(), 0U);
    EXPECT_TRUE(sink_.events.size() == 1 && sink_.events[0].kind == "domain_stats_error")
        << "told as an outage is";
}

TEST_F(VerdictsTest, AnOutageIsToldOnceAndOnlyProbedUntilItIsOver) {
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

TEST_F(VerdictsTest, AnOutageBehindAGatewayIsToldToo) {
    provider_.there = false;
    provider_.answers.assign(100, errc::gateway_status);
    for (const char* name : {"x.com", "y.com", "z.com"}) start(name);
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("Connection Error to DNS Stats API") == 1; }));
    provider_.answers.clear();
    provider_.there = true;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 3; }));
}

TEST_F(VerdictsTest, ALongOutageIsToldAgainAndAgain) {
    DomainCheckOptions options;
    options.error_event_every = 5ms;
    domain_check_.configure(options);
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("Connection Error to DNS Stats API") >= 3; }));
    provider_.there = true;
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
}

TEST_F(VerdictsTest, AnAlertThatWasNeverAskedForEndsWithTheOutagesOwnError) {
    verdicts_.retry_for(50ms);
    provider_.there = false;
    provider_.answers.push_back(errc::refused);
    start("x.com");
    EXPECT_TRUE(run_until(io_, [&] { return verdicts_.away(); }));
    start("late.com");
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 2; }));
    EXPECT_EQ(sink_.with("\"late.com\",\"error\":\"Connection Error to DNS Stats API\""), 1U);
}

TEST_F(VerdictsTest, AnAlertEndsInItsOwnErrorEventWhenItsTimeIsOver) {
    const SimulatedTime time;  // a busy machine must not end the alert before it has asked
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

TEST_F(VerdictsTest, AnAlertOfAnEarlierRunBringsItsFirstAskingAlong) {
    Job& one = job("www.x.com");
    one.asked = {wall_seconds(WallClock::now()) - 1h, 1};
    provider_.silent = true;
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    verdicts_.stop();
    work_.cancel();
    EXPECT_TRUE(run(io_, work_.drained(Clock::now() + 5s)));
    EXPECT_EQ(one.asked.times, 2U);
    EXPECT_LE(*one.asked.first, wall_seconds(WallClock::now()) - 1h);
}

}  // namespace
}  // namespace enrichd::test::verdicts_test

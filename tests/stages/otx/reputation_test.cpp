// What OTX is asked, when, in which order; the time is the test's.
#include "stages/otx/reputation.hpp"

#include <gtest/gtest.h>

#include <list>

#include "net/http_client.hpp"
#include "support/otx_faults.hpp"
#include "support/pipeline_fixture.hpp"

namespace enrichd::test::reputation_test {
namespace {

using namespace std::chrono_literals;

struct Asked {
    bool done = false;
    result<Finding> finding = errc::cancelled;
};

task<void> ask_of(Reputation& whom, Asked& out, HostName name, Suspicion suspicion, Clock::time_point limit) {
    auto finding = co_await whom.ask(std::move(name), suspicion, limit);
    out.finding = std::move(finding);
    out.done = true;
}

class ReputationTest : public PipelineFixture {
  protected:
    Asked& ask(const std::string& name, Suspicion suspicion = Suspicion::new_domain) {
        Asked& out = asked_.emplace_back();
        work_.spawn("ask", ask_of(reputation_, out, *HostName::parse(name), suspicion, Clock::now() + 240h));
        io_.restart();
        io_.poll();
        return out;
    }
    /// The same for one that is never answered but with this, whatever else is asked.
    Asked& ask_with(const std::string& name, const error& failure) {
        http_.failing[name] = failure;
        return ask(name);
    }
    void pass(Clock::duration passed) {
        time_.advance(passed);
        io_.restart();
        io_.poll();
    }
    std::size_t requests() const { return http_.targets.size(); }
    ReputationOptions options() const {
        ReputationOptions out;
        out.requests_per_hour = 100;
        return out;
    }

    SimulatedTime time_;
    std::list<Asked> asked_;
};

TEST_F(ReputationTest, AsksForTheHostNameAndForItsDomainAndKeepsThemApart) {
    http_.answers = {ScriptedHttp::json(otx_body(0)), ScriptedHttp::json(otx_body(1))};
    const Asked& one = ask("www.x.com");
    ASSERT_TRUE(one.done && one.finding);
    EXPECT_TRUE(one.finding->hit());
    EXPECT_EQ(one.finding->subject, OtxSubject::domain);
    EXPECT_EQ(http_.targets, (std::vector<std::string>{"/api/v1/indicators/hostname/www.x.com/general",
                                                       "/api/v1/indicators/domain/x.com/general"}));
    const Asked& sister = ask("mail.x.com");
    EXPECT_TRUE(sister.finding->hit());
    EXPECT_EQ(requests(), 3U) << "the domain is known, the host name is not";
    EXPECT_EQ(otx_cache_.size(), 3U);
}

TEST_F(ReputationTest, AHitOfTheHostNameIsToldAtOnceAndTheDomainIsAskedForTheCache) {
    http_.answers = {ScriptedHttp::json(otx_body(2))};
    const Asked& one = ask("www.x.com");
    ASSERT_TRUE(one.done && one.finding);
    EXPECT_EQ(one.finding->subject, OtxSubject::hostname);
    EXPECT_EQ(one.finding->verdict->pulse_count, 2U);
    EXPECT_EQ(requests(), 2U);
    EXPECT_EQ(otx_cache_.size(), 2U);
}

TEST_F(ReputationTest, OfADomainItselfAndOfOddHostNamesOnlyTheDomainIsAsked) {
    EXPECT_TRUE(ask("x.com").done);
    EXPECT_TRUE(ask("a(b.y.com").done);
    EXPECT_EQ(http_.targets, (std::vector<std::string>{"/api/v1/indicators/domain/x.com/general",
                                                       "/api/v1/indicators/domain/y.com/general"}));
}

TEST_F(ReputationTest, WhatIsConfiguredIsAsked) {
    ReputationOptions only_hosts = options();
    only_hosts.ask = {OtxSubject::hostname};
    reputation_.configure(only_hosts, false);
    EXPECT_TRUE(ask("x.com").done);
    EXPECT_TRUE(ask("www.x.com").done);
    EXPECT_EQ(http_.targets[0], "/api/v1/indicators/hostname/x.com/general");
    EXPECT_EQ(requests(), 2U);
}

TEST_F(ReputationTest, AnswersOfEitherKindAreKnownForTheirTimeToLive) {
    EXPECT_FALSE(reputation_.known(*HostName::parse("x.com")));
    ask("x.com");
    http_.answers = {ScriptedHttp::json(otx_body(1))};
    ask("bad.com");
    ASSERT_TRUE(reputation_.known(*HostName::parse("x.com")));
    EXPECT_FALSE(reputation_.known(*HostName::parse("x.com"))->hit());
    EXPECT_TRUE(reputation_.known(*HostName::parse("bad.com"))->hit());
    time_.advance(7h);
    EXPECT_FALSE(reputation_.known(*HostName::parse("x.com"))) << "a miss, 6 h";
    EXPECT_TRUE(reputation_.known(*HostName::parse("bad.com"))) << "a hit, 24 h";
}

TEST_F(ReputationTest, ManyWhoWaitForANameShareOneQuestion) {
    http_.silent = true;
    for (int i = 0; i < 100; ++i) ask("x.com");
    EXPECT_EQ(requests(), 1U);
    EXPECT_EQ(reputation_.questions(), 1U);
    EXPECT_EQ(reputation_.waiting(), 100U);
}

TEST_F(ReputationTest, AtMostSoManyAreOnTheWireAtOnce) {
    http_.silent = true;
    for (int i = 0; i < 10; ++i) ask(std::to_string(i) + ".com");
    EXPECT_EQ(requests(), 4U);
}

class ReputationFailures : public PipelineFixture {};

TEST_F(ReputationFailures, AreNeverAMissAndEachIsAskedAgain) {
    fakes::FakeOtx server;
    Lookup lookup(io_);
    HttpClientOptions http;
    http.upstream.host = "127.0.0.1";
    http.upstream.port = server.port();
    http.headers = {{"X-OTX-API-KEY", Secret(fakes::FakeOtx::key)}};
    http.gzip = true;
    http.max_body = 8 << 20;
    HttpClient client(io_, lookup, http);
    Otx otx(client, {});
    int number = 0;
    std::list<Asked> asked;
    for (const OtxFailure& row : otx_failures()) {
        SimulatedTime time;  // a server on the machine's clock answers it until it is advanced
        http.timeout = row.limit();
        client.configure(http);
        Reputation reputation(io_, work_, otx_cache_, otx, {});
        const auto name = HostName::parse("bad" + std::to_string(++number) + ".com");
        server.fail_next(row.fault);
        Asked& one = asked.emplace_back();
        work_.spawn("ask", ask_of(reputation, one, *name, Suspicion::new_domain, Clock::now() + 100h));
        EXPECT_TRUE(run_until(io_, [&] { return reputation.trouble().has_value(); })) << number;
        EXPECT_EQ(*reputation.trouble(), row.is);
        EXPECT_FALSE(reputation.known(*name)) << "never a cached miss";
        time.advance(5h);
        EXPECT_TRUE(run_until(io_, [&] { return one.done; })) << number;
        EXPECT_TRUE(one.finding && one.finding->hit());
        EXPECT_FALSE(reputation.trouble());
        EXPECT_TRUE(run_until(io_, [&] { return work_.running() == 0; }));
    }
}

TEST_F(ReputationTest, ANameThatOtxRefusesIsNotAskedAgainForADay) {
    http_.answers = {ScriptedHttp::json(R"({"detail":"malformed"})", 400)};
    EXPECT_TRUE(ask("x.com").done);
    EXPECT_EQ(reputation_.counts().requests["name_refused"], 1U);
    time_.advance(20h);
    EXPECT_TRUE(reputation_.known(*HostName::parse("x.com")));
    time_.advance(8h);
    EXPECT_FALSE(reputation_.known(*HostName::parse("x.com")));
}

TEST_F(ReputationTest, ALimitMeansALongerAndLongerPauseOfOneQuestionEach) {
    http_.otherwise = ScriptedHttp::json(R"({"detail":"limited"})", 429);
    for (int i = 0; i < 20; ++i) ask(std::to_string(i) + ".com");
    const std::size_t first = requests();
    EXPECT_LE(first, 4U) << "what was on the wire already";
    EXPECT_TRUE(reputation_.paused());
    pass(59s);
    EXPECT_EQ(requests(), first);
    pass(8s);
    EXPECT_EQ(requests(), first + 1) << "after 60 s and up to a tenth";
    pass(67s);
    EXPECT_EQ(requests(), first + 1) << "the next pause is twice as long";
    pass(66s);
    EXPECT_EQ(requests(), first + 2);
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    pass(5min);
    EXPECT_FALSE(reputation_.paused());
    EXPECT_EQ(otx_cache_.size(), 20U);
    EXPECT_TRUE(
        std::all_of(asked_.begin(), asked_.end(), [](const Asked& one) { return one.finding.has_value(); }));
}

TEST_F(ReputationTest, WhatRetryAfterSaysIsBelievedForAnHourAtMost) {
    HttpResponse limited = ScriptedHttp::json("", 429);
    limited.retry_after = "30";
    http_.answers = {limited};
    ask("x.com");
    pass(29s);
    EXPECT_EQ(requests(), 1U);
    limited.retry_after = "86400";
    http_.answers = {limited};
    pass(2s);
    EXPECT_EQ(requests(), 2U);
    pass(59min);
    EXPECT_EQ(requests(), 2U);
    pass(2min);
    EXPECT_EQ(requests(), 3U);
}

TEST_F(ReputationTest, ARefusedKeyStopsAllButOneQuestionAQuarterOfAnHourUntilThereIsAnother) {
    http_.otherwise = ScriptedHttp::json(R"({"detail":"Invalid API key"})", 403);
    for (int i = 0; i < 20; ++i) ask(std::to_string(i) + ".com");
    const std::size_t first = requests();
    EXPECT_LE(first, 4U);
    EXPECT_EQ(*reputation_.trouble(), errc::key_refused);
    pass(14min);
    EXPECT_EQ(requests(), first);
    pass(3min);
    EXPECT_EQ(requests(), first + 1);
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    reputation_.configure({}, true);
    io_.restart();
    io_.poll();
    EXPECT_FALSE(reputation_.trouble());
    EXPECT_EQ(otx_cache_.size(), 20U) << "the new key is tried at once, and then all";
}

TEST_F(ReputationTest, WhatTheOldKeyWasRefusedForSaysNothingOfTheNewOne) {
    http_.silent = true;
    const Asked& one = ask("x.com");
    reputation_.configure({}, true);
    http_.silent = false;
    http_.wake(ScriptedHttp::json("", 403));
    EXPECT_TRUE(run_until(io_, [&] { return reputation_.counts().requests["key_refused"] == 1; }));
    EXPECT_FALSE(reputation_.paused());
    pass(1min);
    EXPECT_TRUE(one.done && one.finding);
}

TEST_F(ReputationTest, AServerThatIsAwayIsTriedByOneQuestionAtATime) {
    http_.otherwise = errc::refused;
    for (int i = 0; i < 100; ++i) ask(std::to_string(i) + ".com");
    EXPECT_EQ(requests(), 1U) << "nobody listens: one is enough to know";
    for (int i = 0; i < 20; ++i) pass(1min);
    EXPECT_LT(requests(), 8U);
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    pass(11min);
    EXPECT_EQ(otx_cache_.size(), 100U);
}

/// Found by a simulated run, 30 November 2026: health was degraded until the next suspicious name came.
TEST_F(ReputationTest, WhatFailedLastCountsOnlyWhileSomebodyWaitsOrThePauseLasts) {
    http_.failing["x.com"] = errc::refused;
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    Asked& one = asked_.emplace_back();
    work_.spawn(
        "ask", ask_of(reputation_, one, *HostName::parse("x.com"), Suspicion::new_domain, Clock::now() + 1s));
    pass({});
    EXPECT_TRUE(reputation_.trouble());
    EXPECT_TRUE(reputation_.needed());
    pass(2s);
    EXPECT_TRUE(one.done) << "it waits no more";
    EXPECT_TRUE(reputation_.needed()) << "the pause lasts";
    pass(5min);
    EXPECT_TRUE(reputation_.trouble());
    EXPECT_FALSE(reputation_.needed());
}

TEST_F(ReputationTest, FiveFailuresInARowOpenTheBreakerToo) {
    http_.otherwise = ScriptedHttp::json("broken", 500);
    for (int i = 0; i < 20; ++i) ask(std::to_string(i) + ".com");
    EXPECT_GE(requests(), 5U);
    EXPECT_LE(requests(), 8U);
    EXPECT_TRUE(reputation_.paused());
}

TEST_F(ReputationTest, AnAnswerThatNobodyCanReadEndsItsQuestionAfterFiveTries) {
    for (int i = 0; i < 5; ++i) {
        http_.answers = {ScriptedHttp::json("{"), ScriptedHttp::json(otx_body(0))};
        if (i == 0)
            ask("unreadable.com");
        else
            pass(11min);
        ask("other" + std::to_string(i) + ".com");
    }
    const Asked& poor = asked_.front();
    EXPECT_TRUE(poor.done);
    EXPECT_EQ(poor.finding.error(), errc::body_not_json);
    EXPECT_EQ(reputation_.counts().dropped["failures"], 1U);
    EXPECT_FALSE(reputation_.known(*HostName::parse("unreadable.com")));
    EXPECT_FALSE(reputation_.paused()) << "others are answered";
}

TEST_F(ReputationTest, AnOutageHoweverLongIsNoQuestionsFault) {
    http_.otherwise = errc::deadline;
    const Asked& one = ask("x.com");
    for (int i = 0; i < 600; ++i) pass(10min);
    EXPECT_FALSE(one.done);
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    pass(13min);  // a pause may be a quarter longer than ten minutes
    EXPECT_TRUE(one.done && one.finding && one.finding->hit());
}

TEST_F(ReputationTest, WhoHasWaitedTooLongIsNotAskedFor) {
    http_.otherwise = errc::refused;
    const Asked& one = ask("x.com");
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    pass(241h);
    EXPECT_TRUE(one.done);
    EXPECT_FALSE(one.finding);
    EXPECT_EQ(reputation_.counts().dropped["too_late"], 1U);
    EXPECT_EQ(requests(), 1U);
}

TEST_F(ReputationTest, WhenTooManyWaitTheLeastSuspiciousGiveWay) {
    ReputationOptions small = options();
    small.ask = {OtxSubject::domain};
    small.max_waiting = 10;
    reputation_.configure(small, false);
    http_.otherwise = errc::refused;
    for (int i = 0; i < 10; ++i) ask("old" + std::to_string(i) + ".com", Suspicion::first_contact);
    for (int i = 0; i < 5; ++i) ask("new" + std::to_string(i) + ".com");
    EXPECT_EQ(reputation_.waiting(), 10U);
    std::size_t dropped = 0;
    for (const Asked& one : asked_) dropped += one.done && one.finding.error() == errc::queue_full ? 1U : 0U;
    EXPECT_EQ(dropped, 5U);
    const Asked& late = ask("late.com", Suspicion::none);
    EXPECT_TRUE(late.done) << "who comes last and is least is dropped himself";
}

TEST_F(ReputationTest, ANameThatManyShareDoesNotTakeTheRoomOfAllOthers) {
    ReputationOptions small = options();
    small.ask = {OtxSubject::domain};
    small.max_waiting = 100;
    small.max_sharing = 30;
    small.at_once = 1;
    reputation_.configure(small, false);
    http_.silent = true;
    for (int i = 0; i < 40; ++i) ask("quiet" + std::to_string(i) + ".com", Suspicion::first_contact);
    for (int i = 0; i < 200; ++i) ask("noisy.com");
    EXPECT_EQ(reputation_.waiting(), 70U);
    EXPECT_EQ(reputation_.counts().dropped.total(), 0U) << "who gives way may come again";
}

TEST_F(ReputationTest, ANameThatOtxNeverAnswersDoesNotKeepTheOthersFromIt) {
    const Asked& poison = ask_with("poison.com", errc::deadline);
    for (int i = 0; i < 8; ++i) pass(11min);
    EXPECT_FALSE(reputation_.paused()) << "one name says nothing of OTX";
    for (int i = 0; i < 20; ++i) ask("good" + std::to_string(i) + ".com", Suspicion::first_contact);
    for (int i = 0; i < 3; ++i) pass(11min);
    std::size_t answered = 0;
    for (const Asked& one : asked_) answered += one.done && one.finding ? 1U : 0U;
    EXPECT_EQ(answered, 20U) << "another question finds out that OTX is well";
    for (int i = 0; i < 20 && !poison.done; ++i) {
        ask("more" + std::to_string(i) + ".com");
        pass(11min);
    }
    EXPECT_TRUE(poison.done && !poison.finding) << "five failures while others are answered";
    EXPECT_EQ(reputation_.counts().dropped["failures"], 1U);
}

TEST_F(ReputationTest, AHitOfTheDomainIsToldThoughTheHostNameWaits) {
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    EXPECT_TRUE(ask("bad.com").done);
    http_.silent = true;
    EXPECT_TRUE(reputation_.known(*HostName::parse("random17.bad.com"))->hit())
        << "from memory, without a question";
    http_.silent = false;
    http_.answers = {errc::deadline, ScriptedHttp::json(otx_body(2))};
    const Asked& one = ask("www.worse.com");
    EXPECT_TRUE(one.done && one.finding && one.finding->hit());
    EXPECT_EQ(one.finding->subject, OtxSubject::domain);
}

TEST_F(ReputationTest, AnAnswerToAnOlderQuestionDoesNotEndAHold) {
    http_.silent = true;
    for (int i = 0; i < 3; ++i) ask(std::to_string(i) + ".com");
    http_.silent = false;
    http_.otherwise = ScriptedHttp::json("", 429);
    ask("limited.com");
    EXPECT_TRUE(reputation_.paused());
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    http_.wake(ScriptedHttp::json(otx_body(0)));
    EXPECT_TRUE(run_until(io_, [&] { return otx_cache_.size() == 3; }));
    EXPECT_TRUE(reputation_.paused());
}

TEST_F(ReputationTest, PagesThatAreNotFoundInARowAreTheUrlsFault) {
    http_.otherwise = ScriptedHttp::json("", 404);
    for (int i = 0; i < 40; ++i) ask(std::to_string(i) + ".com");
    EXPECT_EQ(*reputation_.trouble(), errc::http_status);
    EXPECT_TRUE(reputation_.paused());
    EXPECT_EQ(otx_cache_.size(), 20U) << "one now and then is nothing strange";
    for (int i = 0; i < 30; ++i) pass(11min);
    http_.answers = {errc::deadline};
    for (int i = 0; i < 30; ++i) pass(11min);
    EXPECT_EQ(otx_cache_.size(), 20U) << "a failure in between proves nothing";
    EXPECT_LT(requests(), 90U);
}

TEST_F(ReputationTest, AReloadTriesAtOnceWhatMayBeMended) {
    http_.otherwise = errc::certificate_untrusted;
    const Asked& one = ask("x.com");
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    time_.advance(1s);
    reputation_.configure({}, false);
    io_.restart();
    io_.poll();
    EXPECT_TRUE(one.done && one.finding);
}

TEST_F(ReputationTest, OneNameThatAFirewallRefusesPausesNoOther) {
    HttpResponse page = ScriptedHttp::json("<html>Request blocked</html>", 403);
    page.content_type = "text/html";
    for (int i = 0; i < 20; ++i) {
        http_.answers = {page, page};  // for the host name and for its domain: one witness
        if (i == 0)
            ask("www.poison.com");
        else
            pass(11min);
        http_.answers.clear();
        const Asked& good = ask("good" + std::to_string(i) + ".com");
        EXPECT_TRUE(good.done && good.finding) << i;
        EXPECT_FALSE(reputation_.paused()) << i;
    }
    EXPECT_TRUE(asked_.front().done) << "it was given up";
}

TEST_F(ReputationTest, ThreeNamesThatAFirewallRefusesPauseOtx) {
    http_.otherwise = ScriptedHttp::json("<html>", 403);
    http_.otherwise->content_type = "text/html";
    ask("a.com");
    ask("b.com");
    EXPECT_FALSE(reputation_.paused());
    ask("c.com");
    EXPECT_TRUE(reputation_.paused());
    EXPECT_EQ(*reputation_.trouble(), errc::blocked);
}

TEST_F(ReputationTest, NamesThatFailedTakeHalfOfTheConnections) {
    for (const char* name : {"a.com", "b.com", "c.com"}) ask_with(name, errc::deadline);
    http_.failing.clear();
    http_.silent = true;
    pass(1min);
    EXPECT_EQ(requests(), 5U) << "two of four";
    ask("fresh.com");
    ask("fresh2.com");
    EXPECT_EQ(requests(), 7U);
}

TEST_F(ReputationTest, AFailureOfOneNameIsNoTroubleWhileOthersAreAnswered) {
    ask("good.com");
    ask_with("poison.com", errc::deadline);
    EXPECT_FALSE(reputation_.trouble());
    pass(2min);
    EXPECT_TRUE(reputation_.trouble()) << "nobody has been answered for a while";
}

TEST_F(ReputationTest, WhatAnAdministratorAsksForComesFirstAndGivesWayLast) {
    ReputationOptions small = options();
    small.ask = {OtxSubject::domain};
    small.max_questions = 10;
    small.max_sharing = 1;
    small.at_once = 1;
    reputation_.configure(small, false);
    http_.otherwise = errc::refused;
    ask("first.com");
    const Asked& requested = ask("requested.com", Suspicion::requested);
    for (int i = 0; i < 20; ++i) ask("new" + std::to_string(i) + ".com");
    EXPECT_FALSE(requested.done) << "others gave way";
    const Asked& shared = ask("new1.com", Suspicion::requested);
    EXPECT_FALSE(shared.done) << "however many share it";
    http_.targets.clear();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    pass(1h);
    ASSERT_GE(requests(), 2U);
    EXPECT_NE(http_.targets[0].find("/requested.com/"), std::string::npos);
    EXPECT_NE(http_.targets[1].find("/new1.com/"), std::string::npos);
    EXPECT_TRUE(requested.finding && shared.finding);
}

TEST_F(ReputationTest, ANameThatAReloadMakesInternalLeavesTheQueue) {
    http_.otherwise = errc::refused;
    ask("first.com");
    const Asked& secret = ask("db.secret.com");
    const Asked& other = ask("www.other.com");
    GateOptions gate;
    gate.skip_suffixes = {"secret.com"};
    reputation_.filter(gate);
    io_.restart();
    io_.poll();
    EXPECT_TRUE(secret.done);
    EXPECT_EQ(secret.finding.error(), errc::filtered);
    EXPECT_FALSE(other.done);
    EXPECT_EQ(reputation_.questions(), 3U);
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    pass(1h);
    EXPECT_TRUE(other.done && other.finding);
    for (const std::string& target : http_.targets) EXPECT_EQ(target.find("secret"), std::string::npos);
    EXPECT_EQ(ask("new.secret.com").finding.error(), errc::filtered);
}

TEST_F(ReputationTest, NothingInternalIsSentThoughItsConnectionIsBeingOpened) {
    http_.before_send = true;
    const Asked& secret = ask("db.secret.com");
    GateOptions gate;
    gate.skip_suffixes = {"secret.com"};
    reputation_.filter(gate);
    http_.before_send = false;
    EXPECT_TRUE(run_until(io_, [&] { return secret.done && reputation_.questions() == 0; }));
    EXPECT_EQ(requests(), 0U);
    EXPECT_EQ(secret.finding.error(), errc::filtered);
}

TEST_F(ReputationTest, ALateAnswerDoesNotBringBackWhatWasFlushed) {
    http_.silent = true;
    int learnt = 0;
    reputation_.on_learnt([&](const std::string&, const OtxVerdict&, Clock::duration) { ++learnt; });
    const Asked& one = ask("x.com");
    otx_cache_.clear();
    http_.silent = false;
    http_.wake(ScriptedHttp::json(otx_body(1)));
    EXPECT_TRUE(run_until(io_, [&] { return one.done; }));
    EXPECT_TRUE(one.finding->hit()) << "it is told";
    EXPECT_EQ(otx_cache_.size(), 0U);
    EXPECT_EQ(learnt, 0);
}

TEST_F(ReputationTest, AnAnswerOfTheServerBeforeIsNotTakenForTheNewOnes) {
    http_.silent = true;
    const Asked& one = ask("x.com");
    reputation_.configure({}, false, true);
    http_.silent = false;
    http_.wake(ScriptedHttp::json(otx_body(1)));
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    EXPECT_TRUE(run_until(io_, [&] { return one.done; }));
    EXPECT_FALSE(one.finding->hit());
    EXPECT_EQ(requests(), 2U);
}

TEST_F(ReputationTest, OfAnotherServerNoPauseIsKept) {
    http_.otherwise = ScriptedHttp::json("", 429);
    const Asked& one = ask("x.com");
    EXPECT_TRUE(reputation_.paused());
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    reputation_.configure({}, false, true);
    io_.restart();
    io_.poll();
    EXPECT_TRUE(one.done && one.finding);
}

TEST_F(ReputationTest, AtAStopWhoWaitsIsLetGo) {
    http_.silent = true;
    for (int i = 0; i < 10; ++i) ask(std::to_string(i) + ".com");
    reputation_.stop();
    io_.restart();
    io_.poll();
    std::size_t done = 0;
    for (const Asked& one : asked_) done += one.done ? 1U : 0U;
    EXPECT_EQ(done, 6U) << "the four on the wire may still be answered";
    EXPECT_EQ(asked_.back().finding.error(), errc::cancelled);
    EXPECT_TRUE(ask("late.com").done);
}

TEST_F(ReputationTest, TenThousandNamesAreAskedWithinTheQuotaTheNewOnesFirst) {
    ReputationOptions roomy = options();
    roomy.max_questions = roomy.max_waiting = 20'000;
    reputation_.configure(roomy, false);
    http_.otherwise = errc::refused;
    ask("first.com");  // while OTX is away, all come into line
    const auto fill = [&](const std::string& kind, Suspicion suspicion, int count) {
        for (int i = 0; i < count; ++i)
            work_.spawn("ask", ask_of(reputation_, asked_.emplace_back(),
                                      *HostName::parse(kind + std::to_string(i) + ".com"), suspicion,
                                      Clock::now() + 2400h));
    };
    fill("contact", Suspicion::first_contact, 5000);
    fill("low", Suspicion::low_frequency, 4940);
    fill("new", Suspicion::new_domain, 60);
    io_.restart();
    io_.poll();
    EXPECT_EQ(reputation_.questions(), 10'001U);
    http_.targets.clear();
    http_.otherwise = ScriptedHttp::json(otx_body(0));
    pass(1h);  // the bucket is full
    const Clock::time_point begin = Clock::now();
    std::vector<std::size_t> after_hours;
    for (int hour = 1; hour <= 3; ++hour) {
        while (Clock::now() + 1s < begin + hour * 1h) pass(1s);
        after_hours.push_back(requests());
        time_.advance(begin + hour * 1h - Clock::now());
    }
    EXPECT_EQ(after_hours[0], 100U) << "exactly the quota, in the first hour";
    EXPECT_LE(after_hours[1] - after_hours[0], 100U);
    EXPECT_LE(after_hours[2] - after_hours[1], 100U);
    EXPECT_GE(after_hours[2], 260U) << "and steadily after it";
    std::size_t new_ones = 0;
    for (std::size_t i = 0; i < 61; ++i)
        new_ones += http_.targets[i].find("/new") != std::string::npos ||
                            http_.targets[i].find("/first") != std::string::npos
                        ? 1U
                        : 0U;
    EXPECT_EQ(new_ones, 61U);
    for (std::size_t i = 61; i < 100; ++i) EXPECT_NE(http_.targets[i].find("/low"), std::string::npos);
}

}  // namespace
}  // namespace enrichd::test::reputation_test

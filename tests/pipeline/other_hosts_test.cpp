// What becomes of an alert when other hosts share state with this one.
#include "pipeline/other_hosts.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "store/prevalence.hpp"
#include "support/alerts_fixture.hpp"
#include "support/verdicts.hpp"

namespace enrichd::test::other_hosts_test {
namespace {

using namespace std::chrono_literals;

class ScriptedHosts final : public OtherHosts {
  public:
    bool share() const override { return there; }
    task<Elsewhere> before_report(std::vector<std::uint64_t> events, std::string domain,
                                  std::string agent) override {
        asked.push_back(std::to_string(events.size()) + " " + domain + " " + agent);
        of_events.insert(of_events.end(), events.begin(), events.end());
        Elsewhere answer = say;
        answer.reported.assign(events.size(), elsewhere);
        co_return answer;
    }
    void note_agent(std::string_view domain, std::string_view agent) override {
        noted.push_back(std::string(domain) + " " + std::string(agent));
    }

    bool there = true;
    bool elsewhere = false;  // whether another host reports the events
    Elsewhere say;
    std::vector<std::string> asked;
    std::vector<std::uint64_t> of_events;
    std::vector<std::string> noted;
};

class OtherHostsTest : public AlertsFixture {
  protected:
    OtherHostsTest() {
        EXPECT_FALSE(run(io_, prevalence_.load()));
        pipeline_.count_agents_in(prevalence_);
        pipeline_.share_alerts_with(hosts_);
    }
    Job& ask(const std::string& query, const std::string& agent = "001", std::uint64_t hash = 7) {
        Job& one = job(query);
        one.alert.agent.id = agent;
        one.hash = hash;
        const int before = finished_;
        work_.spawn("alert", process(one));
        EXPECT_TRUE(run_until(io_, [&] { return finished_ > before; }));
        return one;
    }
    void is(const std::string& category, const std::string& domain) {
        cache_.put(domain, ScriptedProvider::answer(category, false).verdict, 1h, Clock::now());
    }

    Prevalence prevalence_{database_, 1'000};
    ScriptedHosts hosts_;
};

TEST_F(OtherHostsTest, AnEventIsReportedWhenNoOtherHostReportsItsAlert) {
    is("NEW", "x.com");
    ask("www.x.com");
    EXPECT_EQ(hosts_.asked, (std::vector<std::string>{"1 x.com 001"}));
    EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(OtherHostsTest, AFirstContactIsClaimedByItsDomainAlone) {
    ask("www.x.com");
    EXPECT_EQ(hosts_.asked, (std::vector<std::string>{"0 x.com 001"})) << "for its agents";
    EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(OtherHostsTest, WhatAnotherHostReportsIsLeftOutAndCounted) {
    hosts_.elsewhere = true;
    is("NEW", "x.com");
    const Job& one = ask("www.x.com");
    EXPECT_TRUE(sink_.events.empty());
    EXPECT_EQ(one.decision.what, "repeat");
    EXPECT_EQ(pipeline_.counts().suppressed["another_host"], 1U);
    EXPECT_TRUE(kept().empty());
}

TEST_F(OtherHostsTest, AFirstContactIsReportedAlthoughAnotherHostReportsItsAlert) {
    hosts_.elsewhere = true;
    ask("www.x.com");
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 1U) << "the other host's event is without it";
    EXPECT_EQ(pipeline_.counts().suppressed["another_host"], 0U);
}

// 2026-12-01: one claim for the whole alert. The host that had it for an error, or for the event of a list,
// reported no finding of OTX, and the other host's was dropped.
TEST_F(OtherHostsTest, AnErrorIsNobodysToClaim) {
    hosts_.elsewhere = true;
    provider_.failing = [](const std::string&) { return error(errc::http_status); };
    Job& one = job("www.x.com");
    one.received -= 24h * 365;  // it is given up
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(hosts_.asked.empty());
    EXPECT_EQ(sink_.with("\"error\""), sink_.events.size()) << "and is always reported";
    EXPECT_GE(sink_.events.size(), 1U);
}

TEST_F(OtherHostsTest, EventsThatSayDifferentThingsAreClaimedApart) {
    is("NEW", "x.com");
    ask("www.x.com", "001", 7);
    ask("www.x.com", "001", 7);
    ask("www.x.com", "001", 8);
    cache_.put("y.com", typical_verdict(), 1h, Clock::now());
    ask("www.y.com", "001", 7);
    ASSERT_EQ(hosts_.of_events.size(), 4U);
    EXPECT_EQ(hosts_.of_events[0], hosts_.of_events[1]) << "the same event of the same alert";
    EXPECT_NE(hosts_.of_events[0], hosts_.of_events[2]) << "of another alert";
    EXPECT_NE(hosts_.of_events[0], hosts_.of_events[3]) << "another finding";
}

// 2026-12-01: alerts that came out of the journal had no hash, and were one for all hosts.
TEST_F(OtherHostsTest, AnAlertOutOfTheJournalClaimsTheSame) {
    is("NEW", "x.com");
    ask("www.x.com", "001", 7);
    for (const std::uint64_t hash : {7U, 0U}) {
        KeptAlert kept;
        kept.alert = jobs_.back().alert;
        kept.received = Clock::now();
        kept.hash = hash;
        jobs_.push_back(job_of(std::move(kept)));
        work_.spawn("alert", process(jobs_.back()));
        const int before = finished_;
        EXPECT_TRUE(run_until(io_, [&] { return finished_ > before; }));
    }
    ASSERT_EQ(hosts_.of_events.size(), 2U) << "without a hash nothing is claimed";
    EXPECT_EQ(hosts_.of_events[0], hosts_.of_events[1]);
    EXPECT_EQ(sink_.events.size(), 3U);
}

TEST_F(OtherHostsTest, AFirstContactChangesNoClaim) {
    provider_.answers.push_back(ScriptedProvider::answer("NEW", true));
    ask("www.x.com");
    EXPECT_EQ(sink_.with("YOUR-FIRST-CONTACT"), 1U);
    is("NEW", "x.com");
    ask("www.x.com");
    ASSERT_EQ(hosts_.of_events.size(), 2U);
    EXPECT_EQ(hosts_.of_events[0], hosts_.of_events[1]);
}

TEST_F(OtherHostsTest, AnEventHasTheAgentsOfAllHosts) {
    hosts_.say = {{}, 12, true};
    ask("www.x.com");
    EXPECT_EQ(sink_.with("\"agents\":12,\"first_on_agent\":true"), 1U);
}

TEST_F(OtherHostsTest, AnAgentThatHasAskedElsewhereIsNoNewOne) {
    hosts_.say = {{}, 2, false};
    ask("www.x.com");
    EXPECT_EQ(sink_.with("\"agents\":2,\"severity\""), 1U);
}

TEST_F(OtherHostsTest, WhatIsKnownHereCountsWhenTheOthersDoNotAnswer) {
    ask("www.x.com");
    EXPECT_EQ(sink_.with("\"agents\":1,\"first_on_agent\":true"), 1U);
    EXPECT_EQ(hosts_.noted, (std::vector<std::string>{"x.com 001"})) << "they hear of it later";
}

TEST_F(OtherHostsTest, NobodyIsAskedWhenThereIsNothingToReport) {
    is("ESTABLISHED", "x.com");
    ask("www.x.com");
    EXPECT_TRUE(hosts_.asked.empty());
    EXPECT_EQ(hosts_.noted, (std::vector<std::string>{"x.com 001"}));
    Job& again = job("cdn.x.com");
    EXPECT_TRUE(pipeline_.at_once(again)) << "a known agent and a known domain wait for nobody";
    EXPECT_TRUE(hosts_.asked.empty());
    EXPECT_EQ(hosts_.noted.size(), 1U);
}

TEST_F(OtherHostsTest, NobodyIsAskedOfWhatWasReportedLately) {
    pipeline_.repeats().configure(1h);
    is("NEW", "x.com");
    ask("www.x.com");
    EXPECT_EQ(hosts_.asked.size(), 1U);
    Job& again = job("www.x.com");
    EXPECT_TRUE(pipeline_.at_once(again));
    EXPECT_EQ(hosts_.asked.size(), 1U);
}

TEST_F(OtherHostsTest, AnActiveResponseIsAnsweredByEachHost) {
    hosts_.elsewhere = true;
    is("NEW", "x.com");
    Job& one = job("www.x.com");
    one.destination = Destination::active_response;
    work_.spawn("alert", process(one));
    EXPECT_TRUE(run_until(io_, [&] { return finished_ == 1; }));
    EXPECT_TRUE(hosts_.asked.empty());
    EXPECT_EQ(sink_.events.size(), 1U);
}

TEST_F(OtherHostsTest, WithoutSharedStateNobodyIsAskedOrTold) {
    hosts_.there = false;
    ask("www.x.com");
    EXPECT_TRUE(hosts_.asked.empty());
    EXPECT_TRUE(hosts_.noted.empty());
    EXPECT_EQ(sink_.events.size(), 1U);
}

}  // namespace
}  // namespace enrichd::test::other_hosts_test

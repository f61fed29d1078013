// What events say of the agents that have asked for their domain.
#include <gtest/gtest.h>

#include <optional>

#include "store/prevalence.hpp"
#include "support/alerts_fixture.hpp"

namespace enrichd::test::pipeline_contact_test {
namespace {

using namespace std::chrono_literals;

class ContactTest : public AlertsFixture {
  protected:
    ContactTest() {
        EXPECT_FALSE(run(io_, prevalence_.load()));
        pipeline_.count_agents_in(prevalence_);
    }
    Job& job_of_agent(const std::string& query, const std::string& agent) {
        Job& one = job(query);
        one.alert.agent.id = agent;
        return one;
    }
    /// Its way to the end; what the last event says of agents.
    std::string ask(const std::string& query, const std::string& agent) {
        Job& one = job_of_agent(query, agent);
        const int before = finished_;
        work_.spawn("alert", process(one));
        EXPECT_TRUE(run_until(io_, [&] { return finished_ > before; }));
        if (sink_.events.empty()) return "";
        const std::string& json = sink_.events.back().json;
        const std::size_t at = json.find(",\"agents\":");
        return at == std::string::npos ? "" : json.substr(at + 1, json.find(",\"severity\"") - at - 1);
    }
    void is_new(const std::string& domain) {
        cache_.put(domain, ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    }

    Prevalence prevalence_{database_, 1'000};
};

TEST_F(ContactTest, AnEventSaysHowManyAgentsHaveAskedAndWhetherThisOneIsNew) {
    EXPECT_EQ(ask("www.x.com", "001"), R"("agents":1,"first_on_agent":true)");
    is_new("x.com");
    EXPECT_EQ(ask("www.x.com", "001"), R"("agents":1)");
    EXPECT_EQ(ask("cdn.x.com", "002"), R"("agents":2,"first_on_agent":true)");
    EXPECT_EQ(ask("www.x.com", "001"), R"("agents":2)");
}

TEST_F(ContactTest, AKnownAgentNeedsNoDiskAndANewOneIsDurableFirst) {
    is_new("x.com");
    EXPECT_FALSE(pipeline_.at_once(job_of_agent("x.com", "001")));
    EXPECT_TRUE(sink_.events.empty()) << "not before its agent is counted";
    ask("x.com", "001");
    EXPECT_TRUE(pipeline_.at_once(job_of_agent("www.x.com", "001")));
    EXPECT_TRUE(kept().empty());
}

TEST_F(ContactTest, AnAlertThatComesOutOfTheJournalSaysWhatItWouldHaveSaid) {
    provider_.silent = true;
    work_.spawn("alert", process(job_of_agent("x.com", "001")));
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    const auto in_journal = kept();
    ASSERT_EQ(in_journal.size(), 1U);
    EXPECT_EQ(in_journal[0].contact, (AgentContact{1, true}));
    EXPECT_EQ(job_of(in_journal[0]).contact, (AgentContact{1, true}));
}

TEST_F(ContactTest, WhatIsFilteredIsNotCounted) {
    ask("server.corp", "001");
    EXPECT_EQ(prevalence_.domains(), 0U);
}

TEST_F(ContactTest, EventsGoOutWithoutAgentsWhenTheStateFileTakesNoMore) {
    is_new("x.com");
    journal_.configure(0);
    EXPECT_EQ(ask("x.com", "001"), "");
    EXPECT_EQ(sink_.with("\"NEW\""), 1U);
    EXPECT_EQ(pipeline_.counts().contacts_not_noted, 1U);
    journal_.configure(100);
    EXPECT_EQ(ask("x.com", "001"), R"("agents":1,"first_on_agent":true)");
}

TEST_F(ContactTest, WithoutRoomForDomainsNothingIsSaid) {
    prevalence_.configure(0);
    is_new("x.com");
    EXPECT_TRUE(pipeline_.at_once(job_of_agent("x.com", "001")));
    EXPECT_EQ(sink_.with("\"agents\""), 0U);
}

}  // namespace
}  // namespace enrichd::test::pipeline_contact_test

#include "stages/lists/retro_match.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "net/tasks.hpp"
#include "support/run.hpp"
#include "support/scripted.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::retro_match_test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

class RetroMatchTest : public testing::Test {
  protected:
    RetroMatchTest() {
        list_.name = "urlhaus";
        list_.from = dir_ / "urlhaus.txt";
        list_.label = "malware";
        list_.confidence = Confidence::high;
        pipeline_.keep_in(state_.journal);
        EXPECT_TRUE(run(io_, state_.journal.load()));
        EXPECT_FALSE(run(io_, state_.prevalence.load()));
        start();
    }
    void start() {
        retro_.reset();
        lists_.emplace(io_, lookup_, dir_ / "lists");
        retro_.emplace(io_, *lists_, pipeline_, state_, dir_ / "retro");
    }
    void ask(const std::string& name, const std::string& domain, const std::string& agent,
             std::chrono::hours ago = 5h) {
        const WallTime then = wall_seconds(WallClock::now()) - ago;
        if (!state_.prevalence.known(domain, agent, then)) {
            const NewAgentContact contact = state_.prevalence.new_contact(domain, agent, then);
            EXPECT_FALSE(run(
                io_, state_.database.run([contact](StateFile& file) { Prevalence::note(file, contact); })));
            state_.prevalence.noted(contact);
        }
        state_.asked_names.note(name, domain, agent, then);
    }
    /// The list has these names from now on; the events that it gives.
    std::vector<Json> events(const std::string& names) {
        write_file(list_.from, names);
        return events();
    }
    std::vector<Json> events() {
        lists_->configure({lists()});
        lists_->load_blocking();
        sink_.events.clear();
        run(io_, retro_->compare_all());
        std::vector<Json> out;
        for (const Event& event : sink_.events) out.push_back(Json::parse(event.json)["list"]);
        return out;
    }
    std::vector<ListConfig> lists() const {
        std::vector<ListConfig> out{list_};
        out.insert(out.end(), more_.begin(), more_.end());
        return out;
    }

    SimulatedTime time_;
    TempDir dir_;
    asio::io_context io_;
    Lookup lookup_{io_};
    State state_{io_, {dir_ / "enrichd.db"}, {1000, 100, 1000, 1000, 1000}};
    ListSink sink_{state_.outbox};
    Pipeline pipeline_{sink_};
    ListConfig list_;
    std::vector<ListConfig> more_;
    std::optional<Lists> lists_;
    std::optional<RetroMatch> retro_;
};

TEST_F(RetroMatchTest, ANameThatAListHasGotIsReportedWithThoseWhoAskedForIt) {
    ask("cdn.bad-shop.com", "bad-shop.com", "001", 50h);
    ask("www.bad-shop.com", "bad-shop.com", "002", 3h);
    EXPECT_TRUE(events("other-shop.com\n").empty());
    const auto found = events("other-shop.com\nbad-shop.com\n");
    ASSERT_EQ(found.size(), 1U);
    const Json& event = found[0];
    EXPECT_EQ(event["query"], "bad-shop.com");
    EXPECT_EQ(event["name"], "urlhaus");
    EXPECT_EQ(event["label"], "malware");
    EXPECT_EQ(event["confidence"], "high");
    EXPECT_EQ(event["retro"], true);
    EXPECT_EQ(event["agents"], 2);
    EXPECT_EQ(event["agent_ids"], (Json{"001", "002"}));
    EXPECT_EQ(event["severity"], "high");
    EXPECT_EQ(
        event["reason"],
        "bad-shop.com was added to the list urlhaus; 2 agents asked for names below bad-shop.com before.");
    EXPECT_LT(event["first_seen"], event["last_seen"]);
    EXPECT_EQ(sink_.events[0].location, "lists");
}

TEST_F(RetroMatchTest, EachNameIsReportedOnce) {
    ask("bad-shop.com", "bad-shop.com", "001");
    EXPECT_EQ(events("bad-shop.com\n").size(), 1U);
    EXPECT_TRUE(events("bad-shop.com\nmore-shop.com\n").empty());
    start();
    EXPECT_TRUE(events().empty()) << "nor after a restart";
}

TEST_F(RetroMatchTest, ANameThatComesBackIsNotReportedAgain) {
    ask("bad-shop.com", "bad-shop.com", "001");
    EXPECT_EQ(events("bad-shop.com\n").size(), 1U);
    EXPECT_TRUE(events("more-shop.com\n").empty());
    EXPECT_TRUE(events("bad-shop.com\nmore-shop.com\n").empty());
}

TEST_F(RetroMatchTest, ANameAndNamesBelowItAreOneEvent) {
    ask("bad-shop.com", "bad-shop.com", "001", 90h);
    ask("www.bad-shop.com", "bad-shop.com", "002", 3h);
    ask("cdn.bad-shop.com", "bad-shop.com", "003", 2h);
    const auto found = events("bad-shop.com\n");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0]["agents"], 3);
    EXPECT_EQ(found[0]["agent_ids"], (Json{"001", "002", "003"}));
}

TEST_F(RetroMatchTest, ADeepNameIsBelowItsDomain) {
    ask("a.b.c.d.e.f.g.h.bad-shop.com", "bad-shop.com", "001");
    EXPECT_EQ(events("bad-shop.com\n").size(), 1U);
}

TEST_F(RetroMatchTest, WhatCannotBeWrittenIsNotReportedAgainAndWrittenLater) {
    ask("bad-shop.com", "bad-shop.com", "001");
    std::filesystem::create_directory_symlink("/proc", dir_ / "retro");  // nobody can write there
    EXPECT_EQ(events("bad-shop.com\n").size(), 1U);
    EXPECT_TRUE(events("bad-shop.com\nmore-shop.com\n").empty());
    std::filesystem::remove(dir_ / "retro");
    run(io_, retro_->compare_all());
    start();
    EXPECT_TRUE(events().empty());
}

/// Else each try would leave more to be written when the file can be written again.
TEST_F(RetroMatchTest, NothingIsHandedToAStateFileInTrouble) {
    ask("bad-shop.com", "bad-shop.com", "001");
    run(io_, state_.database.run([](StateFile& file) { file.fail(errc::store_full, "full"); }));
    ASSERT_TRUE(state_.database.trouble());
    EXPECT_TRUE(events("bad-shop.com\n").empty());
    EXPECT_EQ(state_.database.waiting(), 0U);
    time_.advance(1min);
    ASSERT_TRUE(run_until(io_, [&] { return !state_.database.trouble(); }));
    EXPECT_EQ(events().size(), 1U);
}

TEST_F(RetroMatchTest, AListThatAReloadTakesOutMeanwhileGivesNone) {
    ask("bad-shop.com", "bad-shop.com", "001");
    write_file(list_.from, "bad-shop.com\n");
    lists_->configure({lists()});
    lists_->load_blocking();
    Tasks work(io_);
    work.spawn("retro", retro_->compare_all());
    io_.restart();
    io_.poll_one();  // it has begun
    lists_->configure({});
    run(io_, work.drained(Clock::now() + 5s));
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(RetroMatchTest, OnlyWhatWasAskedForWithinTheTime) {
    list_.retro = 24h * 10;
    ask("old-shop.com", "old-shop.com", "001", 24h * 12);
    ask("bad-shop.com", "bad-shop.com", "001", 24h * 8);
    const auto found = events("bad-shop.com\nold-shop.com\n");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0]["query"], "bad-shop.com");
}

TEST_F(RetroMatchTest, AListOfSingleNamesMatchesTheseAlone) {
    list_.format = ListFormat::hosts;
    ask("www.bad-shop.com", "bad-shop.com", "001");
    ask("cdn.bad-shop.com", "bad-shop.com", "001");
    const auto found = events("0.0.0.0 bad-shop.com\n0.0.0.0 cdn.bad-shop.com\n");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0]["query"], "cdn.bad-shop.com");
}

TEST_F(RetroMatchTest, OnlyListsThatGiveEventsAreCompared) {
    list_.action = ListAction::label;
    ask("bad-shop.com", "bad-shop.com", "001");
    EXPECT_TRUE(events("bad-shop.com\n").empty());
    list_.action = ListAction::alert;
    list_.retro = 0ms;
    EXPECT_TRUE(events("bad-shop.com\n").empty());
    list_.retro = 24h;
    EXPECT_EQ(events("bad-shop.com\n").size(), 1U);
}

TEST_F(RetroMatchTest, WhatIsAllowedGivesNone) {
    ListConfig allow;
    allow.name = "ours";
    allow.from = dir_ / "ours.txt";
    allow.action = ListAction::allow;
    write_file(allow.from, "our-shop.com\n");
    more_ = {allow};
    pipeline_.mark_by(*lists_);
    ask("our-shop.com", "our-shop.com", "001");
    EXPECT_TRUE(events("our-shop.com\n").empty());
    EXPECT_EQ(retro_->left_out()["allowed"], 1U);
}

TEST_F(RetroMatchTest, WhatAnotherListGaveEventsForGivesNone) {
    ListConfig other;
    other.name = "other";
    other.from = dir_ / "other.txt";
    write_file(other.from, "bad-shop.com\n");
    more_ = {other};
    EXPECT_TRUE(events("some-shop.com\n").empty());
    time_.advance(2h);
    ask("bad-shop.com", "bad-shop.com", "001", 1h);  // when the other was in use
    write_file(list_.from, "bad-shop.com\n");
    lists_->all()[0]->load_blocking();
    run(io_, retro_->compare_all());
    EXPECT_EQ(sink_.events.size(), 0U);
    EXPECT_EQ(retro_->left_out()["repeat"], 1U);
}

TEST_F(RetroMatchTest, WhatHasTheNameAloneSaysNothingOfNamesBelowIt) {
    ListConfig allow;
    allow.name = "ours";
    allow.from = dir_ / "ours.txt";
    allow.action = ListAction::allow;
    allow.format = ListFormat::hosts;
    write_file(allow.from, "0.0.0.0 bad-shop.com\n");
    more_ = {allow};
    pipeline_.mark_by(*lists_);
    ask("x.bad-shop.com", "bad-shop.com", "001");
    EXPECT_EQ(events("bad-shop.com\n").size(), 1U);
}

TEST_F(RetroMatchTest, TwoListsThatGetANameAtOnceBothReportIt) {
    ListConfig other;
    other.name = "other";
    other.from = dir_ / "other.txt";
    write_file(other.from, "bad-shop.com\n");
    more_ = {other};
    ask("bad-shop.com", "bad-shop.com", "001");
    EXPECT_EQ(events("bad-shop.com\n").size(), 2U);
}

TEST_F(RetroMatchTest, ManyGiveABoundedNumberOfEvents) {
    std::string names;
    for (int i = 0; i < 150; ++i) {
        const std::string name = "shop-" + std::to_string(i) + ".com";
        ask(name, name, "001");
        names += name + "\n";
    }
    EXPECT_EQ(events(names).size(), RetroMatch::most_events);
    EXPECT_EQ(retro_->left_out()["too_many"], 50U);
}

/// Its alert ends when the list was compared already.
TEST_F(RetroMatchTest, AnAlertThatWaitsIsNotedWhenItsNameWasLookedUp) {
    ask("some-shop.com", "some-shop.com", "001");  // so that the agent has a number
    pipeline_.count_agents_in(state_.prevalence);
    pipeline_.note_names_in(state_.asked_names);
    Job job{{"1", {"001", "pc", "any"}, "www.bad-shop.com"}, Clock::now()};
    EXPECT_FALSE(pipeline_.at_once(job)) << "its agent is new to the domain";
    EXPECT_EQ(events("bad-shop.com\n").size(), 1U);
}

TEST_F(RetroMatchTest, EventsThatNoOutputTakesAreKept) {
    ask("bad-shop.com", "bad-shop.com", "001");
    sink_.full = true;
    EXPECT_TRUE(events("bad-shop.com\n").empty());
    const auto kept = run(io_, state_.outbox.oldest(ListSink::name, 10)).value();
    ASSERT_EQ(kept.size(), 1U);
}

}  // namespace
}  // namespace enrichd::test::retro_match_test

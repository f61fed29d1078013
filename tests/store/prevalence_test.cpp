#include "store/prevalence.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

class PrevalenceTest : public testing::Test {
  protected:
    PrevalenceTest() { start(); }

    void start() {
        prevalence_.reset();
        database_.reset();
        database_.emplace(io_, DatabaseOptions{dir_ / "enrichd.db"});
        prevalence_.emplace(*database_, most_);
        EXPECT_FALSE(run(io_, prevalence_->load()));
    }
    /// As an alert does it: from memory, else in a transaction.
    AgentContact ask(std::string_view domain, std::string_view agent) {
        if (const auto known = prevalence_->known(domain, agent, now_)) return *known;
        const NewAgentContact contact = prevalence_->new_contact(domain, agent, now_);
        EXPECT_FALSE(
            run(io_, database_->run([contact](StateFile& file) { Prevalence::note(file, contact); })));
        prevalence_->noted(contact);
        return contact.found->contact;
    }
    DomainSeen find(const std::string& domain) { return run(io_, prevalence_->find(domain)).value().value(); }

    asio::io_context io_;
    TempDir dir_;
    std::size_t most_ = 1'000'000;
    WallTime now_ = wall_seconds(WallClock::now());
    std::optional<Database> database_;
    std::optional<Prevalence> prevalence_;
};

TEST_F(PrevalenceTest, CountsTheAgentsThatAskForADomain) {
    EXPECT_EQ(ask("a.com", "001"), (AgentContact{1, true}));
    EXPECT_EQ(ask("a.com", "001"), (AgentContact{1, false}));
    EXPECT_EQ(ask("a.com", "002"), (AgentContact{2, true}));
    EXPECT_EQ(ask("b.com", "002"), (AgentContact{1, true}));
    EXPECT_EQ(ask("a.com", "001"), (AgentContact{2, false}));
    EXPECT_EQ(prevalence_->domains(), 2U);
    EXPECT_EQ(prevalence_->agents(), 2U);
}

TEST_F(PrevalenceTest, IsThereAfterARestart) {
    const WallTime first = now_;
    ask("a.com", "001");
    now_ += 5h;
    ask("a.com", "abc");
    start();
    EXPECT_EQ(prevalence_->domains(), 1U);
    EXPECT_EQ(ask("a.com", "001"), (AgentContact{2, false}));
    EXPECT_EQ(ask("a.com", "003"), (AgentContact{3, true}));
    const DomainSeen seen = find("a.com");
    EXPECT_EQ(seen.first, first);
    EXPECT_LE(now_ - seen.last, 1h);
    EXPECT_EQ(seen.agents, 3U);
    EXPECT_EQ(seen.agent_ids, (std::vector<std::string>{"001", "abc", "003"}));
    EXPECT_FALSE(run(io_, prevalence_->find("b.com")).value());
}

TEST_F(PrevalenceTest, RemembersWhenADomainWasAskedForLast) {
    ask("a.com", "001");
    now_ += 30h;
    EXPECT_TRUE(prevalence_->known("a.com", "001", now_));
    prevalence_->write_all_changes();
    EXPECT_LE(now_ - find("a.com").last, 1h);
    now_ -= 20h;
    ask("a.com", "002");
    EXPECT_GT(find("a.com").last, now_) << "a clock that was set back takes nothing back";
}

TEST_F(PrevalenceTest, OfMoreThanEightAgentsItSaysAboutHowManyAndNotWhoIsNew) {
    for (std::uint32_t i = 0; i < 8; ++i)
        EXPECT_EQ(ask("a.com", std::to_string(i)), (AgentContact{i + 1, true}));
    EXPECT_TRUE(ask("a.com", "8").first_on_agent) << "of the first eight it knew each";
    for (int i = 9; i < 300; ++i) EXPECT_FALSE(ask("a.com", std::to_string(i)).first_on_agent);
    EXPECT_NEAR(ask("a.com", "1").agents, 300, 150);
    EXPECT_TRUE(find("a.com").agent_ids.empty());
}

TEST_F(PrevalenceTest, ANumberThatWasGivenOutAndNotWrittenIsNoOthers) {
    const std::string unwritten = "J";
    prevalence_->new_contact("a.com", unwritten, now_);
    ask("b.com", "K");
    start();
    ask("c.com", "L");
    ask("d.com", unwritten);
    EXPECT_EQ(find("b.com").agent_ids, std::vector<std::string>{"K"});
    EXPECT_EQ(find("c.com").agent_ids, std::vector<std::string>{"L"});
    EXPECT_EQ(find("d.com").agent_ids, std::vector<std::string>{unwritten});
}

TEST_F(PrevalenceTest, IsExactAgainstAReplayThroughRestarts) {
    std::mt19937 random(1);
    std::map<std::string, std::set<std::string>> replay;
    for (int i = 0; i < 4'000; ++i) {
        if (i % 500 == 499) start();
        const std::string domain = std::to_string(random() % 200) + ".com";
        const std::string agent = std::to_string(random() % 8);
        const bool first = replay[domain].insert(agent).second;
        const auto agents = static_cast<std::uint32_t>(replay[domain].size());
        ASSERT_EQ(ask(domain, agent), (AgentContact{agents, first})) << i;
    }
}

TEST_F(PrevalenceTest, WithADamagedKeyItGoesOnCounting) {
    EXPECT_FALSE(run(io_, database_->run([](StateFile& file) {
        file.run("UPDATE facts SET value = ? WHERE name = 'prevalence_key'", "17 of no use");
    })));
    start();
    EXPECT_EQ(ask("a.com", "001"), (AgentContact{1, true}));
    start();
    EXPECT_EQ(ask("a.com", "002"), (AgentContact{2, true}));
}

TEST_F(PrevalenceTest, AnAgentOfNoNumberYetIsNotKnownWhateverTheDomain) {
    for (int i = 0; i < 300; ++i) ask("popular.com", std::to_string(i));
    EXPECT_TRUE(prevalence_->known("popular.com", "7", now_));
    EXPECT_FALSE(prevalence_->known("popular.com", "never before", now_));
    EXPECT_EQ(prevalence_->agents(), 300U) << "and asking for it gives it none";
}

TEST_F(PrevalenceTest, AgentsBeyondTheLastNumberShareItAndAreKnownFromMemoryToo) {
    for (std::size_t i = 0; i < Prevalence::most_agents; ++i)
        prevalence_->new_contact("a.com", std::to_string(i), now_);
    EXPECT_EQ(prevalence_->agents(), Prevalence::most_agents - 1);
    EXPECT_EQ(ask("b.com", "one too many"), (AgentContact{1, true}));
    EXPECT_TRUE(prevalence_->known("b.com", "another too many", now_));
}

TEST_F(PrevalenceTest, ATransactionThatFailsCountsNobody) {
    const NewAgentContact contact = prevalence_->new_contact("a.com", "001", now_);
    const error failed = run(io_, database_->run([contact](StateFile& file) {
        Prevalence::note(file, contact);
        file.fail(errc::store_failed, "planted");
    }));
    EXPECT_TRUE(failed);
    run_until(io_, [this] { return !database_->trouble(); });
    EXPECT_EQ(ask("a.com", "001"), (AgentContact{1, true}));
}

TEST_F(PrevalenceTest, AnotherFileHasNothingOfTheOneBefore) {
    NewAgentContact contact = prevalence_->new_contact("a.com", "001", now_);
    contact.key = "1 2";
    EXPECT_FALSE(run(io_, database_->run([contact](StateFile& file) { Prevalence::note(file, contact); })));
    EXPECT_EQ(contact.found->contact.agents, 0U);
    prevalence_->noted(contact);
    EXPECT_EQ(prevalence_->domains(), 0U);
}

TEST_F(PrevalenceTest, ForgetsOnlyWhatIsTooMuchAndOfAFewAtATimeTheOldest) {
    most_ = 100;
    start();
    for (int i = 0; i < 400; ++i) {
        now_ += 1h;
        ask(std::to_string(i) + ".com", "001");
    }
    while (run(io_, prevalence_->prune())) {
    }
    EXPECT_EQ(prevalence_->domains(), 100U);
    int late = 0;
    for (int i = 300; i < 400; ++i)
        late += run(io_, prevalence_->find(std::to_string(i) + ".com")).value() ? 1 : 0;
    EXPECT_GE(late, 60) << "by chance it would be 25";
    int forgotten = 0;
    for (int i = 0; i < 400; ++i) forgotten += ask(std::to_string(i) + ".com", "001").first_on_agent ? 1 : 0;
    EXPECT_EQ(forgotten, 300) << "and memory has forgotten them too";
}

TEST_F(PrevalenceTest, IsOffWithoutRoom) {
    prevalence_->configure(0);
    EXPECT_FALSE(prevalence_->in_use());
}

TEST_F(PrevalenceTest, AContactIsOneNumberInTheJournal) {
    for (const AgentContact contact :
         {AgentContact{1, true}, AgentContact{0, false}, AgentContact{65'535, false}})
        EXPECT_EQ(unpacked_contact(packed(contact)), contact);
    EXPECT_EQ(unpacked_contact(-5).agents, 0U);
}

}  // namespace
}  // namespace enrichd::test

#include "store/asked_names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

class AskedNamesTest : public testing::Test {
  protected:
    AskedNamesTest() { start(); }

    void start() {
        if (names_) names_->write_all_changes();
        names_.reset();
        prevalence_.reset();
        database_.reset();
        database_.emplace(io_, DatabaseOptions{dir_ / "enrichd.db"});
        prevalence_.emplace(*database_, 1'000U);
        names_.emplace(*database_, *prevalence_, most_);
        EXPECT_FALSE(run(io_, prevalence_->load()));
    }
    /// The agent's first alert gives it a number.
    void ask(std::string_view name, std::string_view domain, std::string_view agent) {
        if (!prevalence_->known(domain, agent, now_)) {
            const NewAgentContact contact = prevalence_->new_contact(domain, agent, now_);
            EXPECT_FALSE(
                run(io_, database_->run([contact](StateFile& file) { Prevalence::note(file, contact); })));
            prevalence_->noted(contact);
        }
        names_->note(name, domain, agent, now_);
    }
    std::optional<AskedNames::Asked> find(std::uint64_t hash, WallTime since = {}) {
        names_->write_all_changes();
        auto found = run(io_, names_->find({hash}, since)).value();
        if (found.size() != 1) return std::nullopt;
        return found[0];
    }
    std::optional<AskedNames::Asked> find_name(std::string_view name) { return find(names_->hash()(name)); }
    std::optional<AskedNames::Asked> find_below(const std::string& name) {
        return find(names_->hash().below(name));
    }

    asio::io_context io_;
    TempDir dir_;
    std::size_t most_ = 1'000;
    WallTime now_ = wall_seconds(WallClock::now());
    std::optional<Database> database_;
    std::optional<Prevalence> prevalence_;
    std::optional<AskedNames> names_;
};

TEST_F(AskedNamesTest, KnowsWhoAskedForANameFirstAndLast) {
    const WallTime first = now_;
    ask("cdn.a.com", "a.com", "001");
    now_ += 50h;
    ask("cdn.a.com", "a.com", "002");
    ask("cdn.a.com", "a.com", "002");
    const auto asked = find_name("cdn.a.com");
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->first, first);
    EXPECT_LE(now_ - asked->last, 1h);
    EXPECT_EQ(asked->agents, 2U);
    EXPECT_EQ(asked->agent_ids, (std::vector<std::string>{"001", "002"}));
    EXPECT_FALSE(find_name("www.a.com"));
}

TEST_F(AskedNamesTest, KnowsThatSomethingBelowANameWasAskedFor) {
    ask("x.y.a.com", "a.com", "001");
    EXPECT_FALSE(find_name("y.a.com"));
    EXPECT_FALSE(find_name("a.com"));
    EXPECT_TRUE(find_below("y.a.com"));
    EXPECT_TRUE(find_below("a.com"));
    EXPECT_FALSE(find_below("com"));
    EXPECT_FALSE(find_below("x.y.a.com"));
}

TEST_F(AskedNamesTest, IsThereAfterARestartAndCountsOn) {
    for (int agent = 0; agent < 6; ++agent) ask("a.com", "a.com", std::to_string(agent));
    start();
    for (int agent = 4; agent < 8; ++agent) ask("a.com", "a.com", std::to_string(agent));
    EXPECT_EQ(find_name("a.com")->agents, 8U);
    start();
    ask("a.com", "a.com", "100");
    const auto asked = find_name("a.com");
    EXPECT_GE(asked->agents, 9U);
    EXPECT_TRUE(asked->agent_ids.empty());
}

TEST_F(AskedNamesTest, WhatWasNotAskedForSinceATimeIsNotFound) {
    ask("a.com", "a.com", "001");
    EXPECT_TRUE(find(names_->hash()("a.com"), now_));
    EXPECT_FALSE(find(names_->hash()("a.com"), now_ + 2h));
}

TEST_F(AskedNamesTest, AnAgentWithoutANumberIsNotNoted) {
    names_->note("a.com", "a.com", "001", now_);
    EXPECT_FALSE(find_name("a.com"));
}

TEST_F(AskedNamesTest, IsBounded) {
    most_ = 600;
    start();
    for (int i = 0; i < 1'000; ++i) {
        const std::string name = std::to_string(i) + ".com";
        ask(name, name, "001");
    }
    names_->write_all_changes();
    while (run(io_, names_->prune())) {
    }
    int left = 0;
    for (int i = 0; i < 1'000; ++i) left += find_name(std::to_string(i) + ".com") ? 1 : 0;
    EXPECT_EQ(left, 600);
}

TEST_F(AskedNamesTest, WhatIsTooMuchBeforeItIsWrittenIsNotNotedAndCounted) {
    ask("a.com", "a.com", "001");
    for (std::size_t i = 0; i < AskedNames::most_unwritten + 10; ++i)
        names_->note(std::to_string(i) + ".com", std::to_string(i) + ".com", "001", now_);
    EXPECT_EQ(names_->not_noted(), 11U);
}

}  // namespace
}  // namespace enrichd::test

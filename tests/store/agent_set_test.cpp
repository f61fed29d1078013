#include "store/agent_set.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace enrichd::test {
namespace {

AgentSet set_of(AgentNumber from, int count) {
    AgentSet set;
    for (int i = 0; i < count; ++i) set.add(static_cast<AgentNumber>(from + i));
    return set;
}

TEST(AgentSet, IsExactUpToEightAgents) {
    AgentSet set;
    EXPECT_EQ(set.size(), 0U);
    for (AgentNumber agent = 1; agent <= AgentSet::exact; ++agent) {
        EXPECT_TRUE(set.would_change(agent));
        EXPECT_TRUE(set.add(agent));
        EXPECT_FALSE(set.would_change(agent));
        EXPECT_FALSE(set.add(agent)) << "it is there already";
        EXPECT_EQ(set.size(), agent);
        EXPECT_EQ(set.agent(agent - 1U), agent);
    }
    EXPECT_TRUE(set.is_exact());
}

TEST(AgentSet, TakesAllOfAnotherSet) {
    for (const auto& [a, b] : {std::pair{3, 4}, {3, 20}, {20, 3}, {20, 30}, {8, 1}}) {
        AgentSet both = set_of(1, a);
        both.add(set_of(100, b));
        AgentSet expected = set_of(1, a);
        for (int i = 0; i < b; ++i) expected.add(static_cast<AgentNumber>(100 + i));
        EXPECT_EQ(both, expected) << a << " and " << b;
    }
}

TEST(AgentSet, BeyondEightKnowsAboutHowMany) {
    std::mt19937 random(5);
    for (const std::size_t count : {9U, 20U, 80U, 300U, 2'000U, 10'000U}) {
        double error = 0;
        constexpr int samples = 100;
        for (int sample = 0; sample < samples; ++sample) {
            std::set<AgentNumber> agents;
            while (agents.size() < count) agents.insert(static_cast<AgentNumber>(random()));
            AgentSet set;
            for (const AgentNumber agent : agents) set.add(agent);
            EXPECT_FALSE(set.is_exact());
            EXPECT_EQ(set.count(), 0U);
            EXPECT_GE(set.size(), 9U);
            error += std::pow(set.size() / static_cast<double>(count) - 1, 2);
        }
        EXPECT_LT(std::sqrt(error / samples), 0.25) << count;
    }
}

TEST(AgentSet, TheSameAgentsAgainChangeNothing) {
    for (const int count : {3, 8, 9, 500}) {
        AgentSet set = set_of(1, count);
        const AgentSet before = set;
        for (int i = 0; i < count; ++i) EXPECT_FALSE(set.add(static_cast<AgentNumber>(1 + i)));
        EXPECT_EQ(set, before);
    }
}

TEST(AgentSet, IsReadAsItWasWritten) {
    for (const int count : {0, 1, 7, 8, 9, 1'000}) {
        const AgentSet set = set_of(65'000, count);
        EXPECT_EQ(AgentSet::parse(set.bytes()), set);
        EXPECT_LE(set.bytes().size(), 17U);
    }
}

TEST(AgentSet, ReadsAnyBytes) {
    for (std::size_t size = 0; size < 40; ++size) {
        AgentSet set = AgentSet::parse(std::string(size, '\xff'));
        set.add(1);
        EXPECT_GE(set.size(), 1U);
        EXPECT_EQ(AgentSet::parse(set.bytes()).size(), set.size());
    }
}

}  // namespace
}  // namespace enrichd::test

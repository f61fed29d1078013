#include "stages/bursts/missing_domains.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace enrichd::test::missing_domains_test {
namespace {

using namespace std::chrono_literals;

class MissingDomainsTest : public testing::Test {
  protected:
    MissingDomainsTest() { domains_.configure(3, 10min); }

    /// The size of the burst; 0 when there is none.
    std::size_t note(const std::string& asker, const std::string& domain, std::chrono::seconds at) {
        const auto* const burst = domains_.note(asker, domain, start_ + at, Clock::now());
        return burst ? burst->size() : 0;
    }

    const WallTime start_ = wall_seconds(WallClock::now());
    MissingDomains domains_;
};

TEST_F(MissingDomainsTest, EnoughDifferentOnesWithinTheWindowAreABurst) {
    EXPECT_EQ(note("a", "one.com", 0s), 0U);
    EXPECT_EQ(note("a", "two.com", 1s), 0U);
    EXPECT_EQ(note("a", "two.com", 2s), 0U) << "asked for twice";
    EXPECT_EQ(note("b", "three.com", 3s), 0U) << "another asker";
    EXPECT_EQ(note("a", "three.com", 600s), 3U);
}

TEST_F(MissingDomainsTest, TheWindowMovesOn) {
    note("a", "one.com", 0s);
    note("a", "two.com", 500s);
    EXPECT_EQ(note("a", "three.com", 601s), 0U);
    EXPECT_EQ(note("a", "four.com", 1100s), 3U);
    EXPECT_EQ(note("a", "five.com", 5000s), 0U);
}

TEST_F(MissingDomainsTest, TheAlertThatComesAgainIsInTheSameBurst) {
    note("a", "one.com", 0s);
    note("a", "two.com", 1s);
    EXPECT_EQ(note("a", "three.com", 2s), 3U);
    EXPECT_EQ(note("a", "three.com", 3s), 3U);
}

TEST_F(MissingDomainsTest, WhatComesOutOfOrderCountsByItsOwnTime) {
    note("a", "three.com", 601s);
    note("a", "one.com", 0s);
    EXPECT_EQ(note("a", "two.com", 300s), 0U);
    EXPECT_EQ(note("a", "four.com", 700s), 3U) << "the one of 0 s made room";
}

TEST_F(MissingDomainsTest, AskersAreBounded) {
    for (std::size_t i = 0; i < MissingDomains::bounds.entries + 1'000; ++i)
        note(std::to_string(i), "one.com", 0s);
    EXPECT_EQ(domains_.askers(), MissingDomains::bounds.entries);
}

}  // namespace
}  // namespace enrichd::test::missing_domains_test

#include "sources/spool/pace.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::pace_test {
namespace {

using namespace std::chrono_literals;

constexpr PaceOptions options{100ms, 1s, 8};
const Clock::time_point start = Clock::now();

TEST(Pace, LetsAllBeginWhileTheyAreKept) {
    Pace pace(options);
    pace.kept();
    EXPECT_TRUE(pace.may_begin(7, start));
    EXPECT_FALSE(pace.may_begin(8, start));
}

TEST(Pace, AfterARefusalOneAfterALongerAndLongerPause) {
    Pace pace(options);
    Clock::time_point now = start;
    for (const auto pause : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        pace.refused(now);
        pace.refused(now);  // those that had begun together are one refusal
        EXPECT_FALSE(pace.may_begin(0, now + pause - 1ms));
        now += pause;
        EXPECT_TRUE(pace.may_begin(0, now));
        EXPECT_FALSE(pace.may_begin(1, now));
    }
    pace.kept();
    EXPECT_TRUE(pace.may_begin(1, now));
    EXPECT_FALSE(pace.may_begin(2, now));
    pace.kept();
    pace.kept();
    EXPECT_TRUE(pace.may_begin(7, now));
    pace.refused(now);
    EXPECT_TRUE(pace.may_begin(0, now + 100ms)) << "from the beginning";
}

TEST(Pace, WhatHasToComeLaterHoldsUpNobodyElse) {
    Pace pace(options);
    pace.later(start);
    EXPECT_EQ(pace.next_try(), start + 100ms);
    EXPECT_TRUE(pace.may_begin(7, start));
    pace.later(start + 100ms);
    EXPECT_EQ(pace.next_try(), start + 300ms);
}

}  // namespace
}  // namespace enrichd::test::pace_test

#include "asking/quota.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace enrichd::test::quota_test {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point start{};

/// When requests go out if as many as may do, from `from` on for three hours.
std::vector<Clock::time_point> taken(Quota& quota, Clock::time_point from) {
    std::vector<Clock::time_point> out;
    for (Clock::time_point now = from; now < from + 3h; now = quota.next(now))
        while (quota.take(now)) out.push_back(now);
    return out;
}

TEST(Quota, LetsExactlySoManyThroughInTheFirstHour) {
    for (const std::size_t per_hour : {1U, 2U, 9U, 10U, 100U, 9000U}) {
        Quota quota(per_hour);
        const auto times = taken(quota, start);
        const auto end = std::lower_bound(times.begin(), times.end(), start + 1h);
        EXPECT_EQ(static_cast<std::size_t>(end - times.begin()), per_hour);
    }
}

TEST(Quota, LetsNoMoreThroughInAnyHour) {
    Quota quota(100);
    auto times = taken(quota, start);
    for (const auto& time : taken(quota, start + 10h + 7s)) times.push_back(time);
    for (auto from = times.begin(); from != times.end(); ++from)
        EXPECT_LE(std::lower_bound(from, times.end(), *from + 1h) - from, 100);
}

TEST(Quota, ATenthMayGoAtOnce) {
    Quota quota(100);
    EXPECT_EQ(quota.left(start), 10U);
    int at_once = 0;
    while (quota.take(start)) ++at_once;
    EXPECT_EQ(at_once, 10);
    EXPECT_GT(quota.next(start), start);
    EXPECT_EQ(quota.left(start + 10min), 10U) << "full again";
}

TEST(Quota, WhatWasSpentStaysSpentWhenItChanges) {
    Quota quota(100);
    while (quota.take(start)) {
    }
    quota.configure(1000);
    EXPECT_FALSE(quota.take(start));
    EXPECT_TRUE(quota.take(start + 5s));
    quota.configure(10);
    EXPECT_LE(quota.left(start + 5s), 1U);
}

TEST(Quota, WhatWentOutUnaskedIsOwed) {
    Quota quota(100);
    quota.charge(12, start);
    EXPECT_FALSE(quota.take(start));
    EXPECT_EQ(quota.left(start), 0U);
    const auto next = quota.next(start);
    EXPECT_FALSE(quota.take(next - 1ns));
    EXPECT_TRUE(quota.take(next));
    EXPECT_GT(next - start, 3 * 39s) << "the two that are owed come first";
}

}  // namespace
}  // namespace enrichd::test::quota_test

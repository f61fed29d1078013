#include "pipeline/dedup_window.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::recent_test {
namespace {

using Seen = Recent::Seen;

TEST(Recent, AnAlertIsTakenOnceAndItsCopyIsSafeWhenItIs) {
    Recent recent;
    EXPECT_EQ(recent.take(7), Seen::never);
    EXPECT_EQ(recent.take(7), Seen::in_work);
    recent.settle(7, true);
    EXPECT_EQ(recent.take(7), Seen::safe);
}

TEST(Recent, WhatWasNotSafeMayComeAgain) {
    Recent recent;
    recent.take(7);
    recent.settle(7, false);
    EXPECT_EQ(recent.take(7), Seen::never);
}

TEST(Recent, RemembersAsManyAsItsWindowAndForgetsTheOldest) {
    Recent recent(3);
    for (std::uint64_t hash : {1U, 2U, 3U, 3U, 4U}) recent.note(hash);
    EXPECT_EQ(recent.list(), (std::vector<std::uint64_t>{2, 3, 4}));
    EXPECT_EQ(recent.take(1), Seen::never);
    EXPECT_EQ(recent.take(2), Seen::safe);
}

TEST(Recent, AnyNumberIsAHash) {
    Recent recent(2);
    recent.note(0);
    EXPECT_EQ(recent.take(0), Seen::safe);
    EXPECT_EQ(recent.list(), std::vector<std::uint64_t>{0});
}

}  // namespace
}  // namespace enrichd::test::recent_test

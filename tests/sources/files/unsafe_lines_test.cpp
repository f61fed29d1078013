#include "sources/files/unsafe_lines.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::unsafe_lines_test {
namespace {

TEST(UnsafeLines, TheFirstIsTheOldestThatIsNotSafeInWhateverOrderTheyAreSettled) {
    int changes = 0;
    UnsafeLines lines([&] { ++changes; });
    EXPECT_FALSE(lines.first());
    const auto one = lines.add(0);
    const auto two = lines.add(10);
    const auto three = lines.add(20);
    EXPECT_EQ(lines.in_flight(), 3U);
    two->settled(true);
    EXPECT_EQ(lines.first(), 0U);
    one->settled(true);
    EXPECT_EQ(lines.first(), 20U);
    three->settled(true);
    EXPECT_FALSE(lines.first());
    EXPECT_EQ(changes, 3);
    EXPECT_FALSE(lines.refused());
}

TEST(UnsafeLines, FromARefusedLineOnTheFileIsReadAgain) {
    UnsafeLines lines([] {});
    const auto one = lines.add(0);
    const auto two = lines.add(10);
    const auto three = lines.add(20);
    two->settled(false);
    three->settled(true);
    EXPECT_TRUE(lines.refused());
    one->settled(true);
    EXPECT_EQ(lines.in_flight(), 0U);
    EXPECT_EQ(lines.first(), 10U);
    lines.forget_refused();
    EXPECT_FALSE(lines.first());
    EXPECT_FALSE(lines.refused());
    const auto again = lines.add(10);
    EXPECT_EQ(lines.first(), 10U);
    again->settled(true);
    EXPECT_FALSE(lines.first());
}

TEST(UnsafeLines, OneThatCannotWaitIsRefusedAtOnce) {
    UnsafeLines lines([] {});
    const auto one = lines.add(0);
    lines.refuse(10);
    EXPECT_EQ(lines.in_flight(), 1U);
    one->settled(true);
    EXPECT_EQ(lines.first(), 10U);
    EXPECT_TRUE(lines.refused());
}

TEST(UnsafeLines, ALineMayBeSettledWhenNobodyFollowsTheFileAnyMore) {
    int changes = 0;
    std::unique_ptr<Receiver> line;
    {
        UnsafeLines lines([&] { ++changes; });
        line = lines.add(0);
    }
    line->settled(true);
    EXPECT_EQ(changes, 0);
}

}  // namespace
}  // namespace enrichd::test::unsafe_lines_test

#include "policy/recent.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

TEST(Recent, KnowsTheLastOnesOnly) {
    Recent recent(3);
    for (std::uint64_t id = 1; id <= 4; ++id) recent.note(id);
    EXPECT_FALSE(recent.knows(1));
    EXPECT_TRUE(recent.knows(2));
    EXPECT_TRUE(recent.knows(4));
}

TEST(Recent, NotingTwiceTakesNoSecondPlace) {
    Recent recent(2);
    recent.note(1);
    recent.note(2);
    recent.note(2);
    EXPECT_TRUE(recent.knows(1));
}

}  // namespace
}  // namespace enrichd::test

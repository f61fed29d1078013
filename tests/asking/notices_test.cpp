#include "asking/notices.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::notices_test {
namespace {

using namespace std::chrono_literals;

TEST(Notices, AreDueOnceAMinuteForEachCause) {
    Notices notices(1min);
    constexpr Clock::time_point start{};
    EXPECT_TRUE(notices.due("connection", start));
    EXPECT_FALSE(notices.due("connection", start + 59s));
    EXPECT_TRUE(notices.due("timeout", start + 59s));
    EXPECT_TRUE(notices.due("connection", start + 60s));
    EXPECT_FALSE(notices.due("connection", start + 119s));
}

}  // namespace
}  // namespace enrichd::test::notices_test

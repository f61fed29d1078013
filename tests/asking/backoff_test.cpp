#include "asking/backoff.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::backoff_test {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsBoundSpreadByAQuarter) {
    std::minstd_rand random;
    Backoff backoff({1s, 8s}, random);
    for (const auto whole : {1000ms, 2000ms, 4000ms, 8000ms, 8000ms}) {
        const auto pause = backoff.next();
        EXPECT_GE(pause, whole * 3 / 4);
        EXPECT_LE(pause, whole * 5 / 4);
    }
}

}  // namespace
}  // namespace enrichd::test::backoff_test

#include "asking/breaker.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::breaker_test {
namespace {

using namespace std::chrono_literals;

TEST(Breaker, OpensAtTheThirdNameThatFailsWithoutAnAnswerInBetween) {
    Breaker breaker({});
    EXPECT_FALSE(breaker.failed(false, "a.com"));
    EXPECT_FALSE(breaker.failed(false, "b.com"));
    breaker.succeeded();
    EXPECT_FALSE(breaker.failed(false, "a.com"));
    EXPECT_FALSE(breaker.failed(false, "b.com"));
    EXPECT_FALSE(breaker.open());
    EXPECT_TRUE(breaker.failed(false, "c.com"));
    EXPECT_TRUE(breaker.open());
}

TEST(Breaker, OneNameDoesNotOpenItHoweverOftenItFails) {
    Breaker breaker({});
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(breaker.failed(false, "a.com"));
    EXPECT_FALSE(breaker.open());
}

TEST(Breaker, OpensAtOnceWhenNobodyListens) {
    Breaker breaker({});
    EXPECT_TRUE(breaker.failed(true, "a.com"));
    EXPECT_FALSE(breaker.failed(true, "b.com")) << "it is open already";
    breaker.succeeded();
    EXPECT_FALSE(breaker.open());
}

TEST(Breaker, WaitsLongerBeforeEachProbeUpToABound) {
    Breaker breaker({});
    breaker.failed(true, "a.com");
    for (const auto pause : {500ms, 1000ms, 2000ms, 4000ms, 5000ms, 5000ms})
        EXPECT_EQ(breaker.next_pause(), pause);
    breaker.succeeded();
    EXPECT_EQ(breaker.next_pause(), 500ms);
}

}  // namespace
}  // namespace enrichd::test::breaker_test

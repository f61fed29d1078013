#include "pipeline/self_test.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace enrichd::test::self_test_unit {
namespace {

class SelfTestsTest : public ::testing::Test {
  protected:
    static Alert about(const std::string& name) { return {"1.1", {}, name}; }

    SimulatedTime time_;
    SelfTests tests_;
};

TEST_F(SelfTestsTest, AnExpectedNameMakesOneEvent) {
    const std::string name = tests_.expect();
    EXPECT_TRUE(SelfTests::is_name(name));
    ASSERT_TRUE(tests_.event_for(about(name), "socket"));
    tests_.reported(name, {});
    EXPECT_FALSE(tests_.event_for(about(name), "socket"));
    EXPECT_EQ(tests_.find(name)->source, "socket");
    EXPECT_EQ(tests_.count(), 1U);
}

TEST_F(SelfTestsTest, OneThatAnOutputDidNotTakeMayComeAgain) {
    const std::string name = tests_.expect();
    ASSERT_TRUE(tests_.event_for(about(name), "spool"));
    tests_.reported(name, {{"wazuh", {}}});
    tests_.reported(name, {{"wazuh", {}}});
    EXPECT_EQ(tests_.find(name)->waiting, std::vector<std::string>{"wazuh"});
    EXPECT_TRUE(tests_.event_for(about(name), "spool"));
}

TEST_F(SelfTestsTest, ANameExpires) {
    const std::string name = tests_.expect();
    time_.advance(SelfTests::lifetime + std::chrono::seconds(1));
    EXPECT_FALSE(tests_.event_for(about(name), "socket"));
    EXPECT_EQ(tests_.find(name), nullptr);
}

TEST_F(SelfTestsTest, FewAreExpectedAtATime) {
    for (std::size_t i = 0; i < SelfTests::most; ++i) EXPECT_NE(tests_.expect(), "");
    EXPECT_EQ(tests_.expect(), "");
    time_.advance(SelfTests::lifetime + std::chrono::seconds(1));
    EXPECT_NE(tests_.expect(), "");
}

TEST_F(SelfTestsTest, OtherNamesAreNone) {
    tests_.expect();
    EXPECT_FALSE(tests_.event_for(about("0123456789abcdef.selftest.enrichd.invalid"), "socket"));
    EXPECT_FALSE(tests_.event_for(about("www.example.org"), "socket"));
}

}  // namespace
}  // namespace enrichd::test::self_test_unit

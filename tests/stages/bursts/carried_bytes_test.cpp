#include "stages/bursts/carried_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace enrichd::test::carried_bytes_test {
namespace {

using namespace std::chrono_literals;

TEST(Information, IsLengthTimesEntropy) {
    EXPECT_DOUBLE_EQ(information(""), 0);
    EXPECT_DOUBLE_EQ(information("aaaaaaaaaaaaaaaa"), 0);
    EXPECT_DOUBLE_EQ(information("abababababababab"), 2);  // one bit each
    EXPECT_DOUBLE_EQ(information("0123456789abcdef"), 8);  // four bits each
}

class CarriedBytesTest : public testing::Test {
  protected:
    CarriedBytesTest() { carried_.configure(90, 1h); }

    /// What is carried, when it is a tunnel; else 0.
    double note(const std::string& pair, const std::string& host, std::chrono::seconds at) {
        const Carried* const carried = carried_.note(pair, host, start_ + at, Clock::now());
        return carried ? carried->bytes() : 0;
    }
    /// A host of 8 bytes; of thirteen one may have the bit of another.
    static std::string host(int number) {
        std::string out = "0123456789abcdef";
        for (int i = 0; i < number; ++i) std::next_permutation(out.begin(), out.end());
        return out;
    }

    const WallTime start_{std::chrono::hours(500'000)};  // the beginning of a half hour
    CarriedBytes carried_;
};

TEST_F(CarriedBytesTest, EnoughBytesWithinTheWindowAreATunnel) {
    for (int i = 0; i < 11; ++i) EXPECT_EQ(note("a", host(i), 0s), 0) << i;
    EXPECT_EQ(note("a", host(0), 1s), 0) << "said before";
    EXPECT_EQ(note("b", host(12), 2s), 0) << "of another agent";
    note("a", host(11), 1800s);
    EXPECT_NEAR(note("a", host(12), 1800s), 104, 8) << "with those of the half hour before";
}

TEST_F(CarriedBytesTest, TheWindowMovesOn) {
    for (int i = 0; i < 11; ++i) note("a", host(i), 0s);
    EXPECT_EQ(note("a", host(12), 3600s), 0);
    for (int i = 13; i < 24; ++i) note("a", host(i), 3600s);
    EXPECT_NEAR(note("a", host(24), 3601s), 104, 8);
    EXPECT_EQ(note("a", host(25), 1799s), 0) << "that half hour is over";
}

TEST_F(CarriedBytesTest, TheAlertThatComesAgainIsInTheSameTunnel) {
    double carried = 0;
    for (int i = 0; i < 13; ++i) carried = note("a", host(i), 0s);
    EXPECT_GT(carried, 0);
    EXPECT_EQ(note("a", host(12), 1s), carried);
}

TEST_F(CarriedBytesTest, HasExamplesOfThisHalfOfTheWindow) {
    for (int i = 0; i < 12; ++i) note("a", host(i), 0s);
    const Carried* const carried = carried_.note("a", host(12), start_ + 1800s, Clock::now());
    ASSERT_TRUE(carried);
    EXPECT_EQ(carried->examples, std::vector<std::string>{host(12)});
}

TEST_F(CarriedBytesTest, PairsAreBounded) {
    for (std::size_t i = 0; i < CarriedBytes::bounds.entries + 1'000; ++i)
        note(std::to_string(i), host(1), 0s);
    EXPECT_EQ(carried_.pairs(), CarriedBytes::bounds.entries);
}

TEST_F(CarriedBytesTest, AnotherWindowBeginsAnew) {
    for (int i = 0; i < 12; ++i) note("a", host(i), 0s);
    carried_.configure(90, 2h);
    EXPECT_EQ(note("a", host(12), 1s), 0);
}

}  // namespace
}  // namespace enrichd::test::carried_bytes_test

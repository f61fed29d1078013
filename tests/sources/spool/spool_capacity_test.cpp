#include "sources/spool/spool_capacity.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <string>

#include "proto/wire.h"
#include "support/temp_dir.hpp"

namespace enrichd::test::spool_capacity_test {
namespace {

using namespace std::chrono_literals;

class SpoolCapacityTest : public testing::Test {
  protected:
    SpoolCapacityTest() { EXPECT_FALSE(size_.open(dir_.path(), -1)); }

    /// As shims count them.
    void refuse_in_all(std::uint64_t alerts) {
        std::fstream file(dir_ / WIRE_SPOOL_SIZE_FILE, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(offsetof(wire_spool_size, refused));
        file.write(reinterpret_cast<const char*>(&alerts), sizeof alerts);
    }
    std::string lines_of_a_look_at(Clock::time_point now) {
        testing::internal::CaptureStderr();
        capacity_.note_refusals(now);
        return testing::internal::GetCapturedStderr();
    }

    const TempDir dir_;
    SpoolSize size_;
    SpoolCapacity capacity_{size_, 1'000};
    const Clock::time_point start_ = Clock::now();
};

TEST_F(SpoolCapacityTest, IsFullAtNineTenthsOfTheLimitWhichShimsRead) {
    capacity_.start();
    EXPECT_EQ(size_.limit(), 1'000U);
    size_.set_used(900);
    EXPECT_FALSE(capacity_.full());
    size_.set_used(901);
    EXPECT_TRUE(capacity_.full());
    capacity_.set_max_bytes(2'000);
    EXPECT_FALSE(capacity_.full());
    EXPECT_EQ(size_.limit(), 2'000U);
}

TEST_F(SpoolCapacityTest, RefusesFromARefusalUntilItIsNotFullAnyMore) {
    capacity_.start();
    size_.set_used(1'000);
    capacity_.note_refusals(start_);
    EXPECT_FALSE(capacity_.refuses()) << "it is full, but nobody came";
    refuse_in_all(1);
    capacity_.note_refusals(start_);
    EXPECT_TRUE(capacity_.refuses());
    capacity_.note_refusals(start_);
    EXPECT_TRUE(capacity_.refuses()) << "it is still full";
    size_.set_used(0);
    capacity_.note_refusals(start_);
    EXPECT_FALSE(capacity_.refuses());
    size_.set_used(1'000);
    EXPECT_FALSE(capacity_.refuses()) << "the refusal was before";
}

TEST_F(SpoolCapacityTest, ARefusalWhileItIsNotFullIsOneOfTheDiskForAMinute) {
    capacity_.start();
    refuse_in_all(3);
    EXPECT_NE(lines_of_a_look_at(start_).find("could not be written into the spool"), std::string::npos);
    EXPECT_TRUE(capacity_.cannot_be_written());
    EXPECT_FALSE(capacity_.refuses());
    capacity_.note_refusals(start_ + 59s);
    EXPECT_TRUE(capacity_.cannot_be_written());
    capacity_.note_refusals(start_ + 60s);
    EXPECT_FALSE(capacity_.cannot_be_written());
}

TEST_F(SpoolCapacityTest, ReportsEachRefusalOnceAndThoseOfAnEarlierRunNever) {
    refuse_in_all(7);
    capacity_.start();
    EXPECT_EQ(lines_of_a_look_at(start_), "");
    refuse_in_all(9);
    EXPECT_NE(lines_of_a_look_at(start_).find("alerts=2"), std::string::npos);
    refuse_in_all(12);
    EXPECT_EQ(lines_of_a_look_at(start_ + 1s), "") << "too soon after the last line";
    refuse_in_all(13);
    EXPECT_NE(lines_of_a_look_at(start_ + 10s).find("alerts=4"), std::string::npos);
    EXPECT_EQ(lines_of_a_look_at(start_ + 20s), "");
}

}  // namespace
}  // namespace enrichd::test::spool_capacity_test

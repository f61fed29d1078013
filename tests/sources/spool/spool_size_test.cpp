#include "sources/spool/spool_size.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>

#include "proto/wire.h"
#include "support/temp_dir.hpp"

namespace enrichd::test::spool_size_test {
namespace {

TEST(SpoolSize, IsSharedByAllWhoOpenIt) {
    const TempDir dir;
    SpoolSize one;
    SpoolSize other;
    ASSERT_FALSE(one.open(dir.path(), -1));
    ASSERT_FALSE(other.open(dir.path(), -1));
    one.set_used(100);
    EXPECT_EQ(other.used(), 100U);
    other.removed(30);
    EXPECT_EQ(one.used(), 70U);
    other.removed(1000);
    EXPECT_EQ(one.used(), 0U) << "never below nothing";
    EXPECT_EQ(one.refused(), 0U);
}

TEST(SpoolSize, DoesNotWaitForTheLockAndCountsLater) {
    const TempDir dir;
    SpoolSize size;
    ASSERT_FALSE(size.open(dir.path(), -1));
    size.set_limit(1'000);
    size.set_used(100);
    {
        const Fd holder(::open((dir / WIRE_SPOOL_SIZE_FILE).c_str(), O_RDWR));
        struct flock all {};
        all.l_type = F_WRLCK;
        ASSERT_EQ(::fcntl(holder.get(), F_OFD_SETLK, &all), 0);
        size.removed(30);
        size.set_limit(2'000);
        EXPECT_EQ(size.used(), 100U);
    }
    size.removed(10);
    EXPECT_EQ(size.used(), 60U);
    wire_spool_size there{};
    std::ifstream(dir / WIRE_SPOOL_SIZE_FILE, std::ios::binary)
        .read(reinterpret_cast<char*>(&there), sizeof there);
    EXPECT_EQ(there.limit, 2'000U);
}

TEST(SpoolSize, LeavesTheShimsMarkAsItIs) {
    const TempDir dir;
    write_file(dir / WIRE_SPOOL_SIZE_FILE, std::string(WIRE_SPOOL_UNANSWERED_AT, '\0') + "the mark");
    SpoolSize size;
    ASSERT_FALSE(size.open(dir.path(), -1));
    size.set_used(100);
    EXPECT_TRUE(read_file(dir / WIRE_SPOOL_SIZE_FILE).ends_with("the mark"));
}

TEST(SpoolSize, IsCorrectedByWhatALookHasFound) {
    const TempDir dir;
    SpoolSize size;
    ASSERT_FALSE(size.open(dir.path(), -1));
    size.set_used(150);  // 100 when the look began, and 50 have come since
    size.correct(100, 70);
    EXPECT_EQ(size.used(), 120U);
    size.correct(200, 0);
    EXPECT_EQ(size.used(), 0U);
}

TEST(SpoolSize, WithoutItsFileNothingIsCounted) {
    SpoolSize size;
    EXPECT_TRUE(size.open("/nonexistent", -1));
    size.set_used(7);
    size.removed(7);
    EXPECT_EQ(size.used(), 0U);
}

TEST(SpoolSize, AFileThatIsNoneIsRefused) {
    const TempDir dir;
    std::filesystem::create_directory(dir / WIRE_SPOOL_SIZE_FILE);
    SpoolSize size;
    EXPECT_TRUE(size.open(dir.path(), -1));
}

}  // namespace
}  // namespace enrichd::test::spool_size_test

#include "intake/spool_size.hpp"

#include <gtest/gtest.h>

#include "proto/wire.h"
#include "support/temp_dir.hpp"

namespace enrichd::test {
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
}  // namespace enrichd::test

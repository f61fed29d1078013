#include "base/read_file.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace enrichd::test::read_file_test {
namespace {

TEST(ReadFile, IsReadWhole) {
    const TempDir dir;
    write_file(dir / "file", std::string(100'000, 'x') + '\0' + "y");
    EXPECT_EQ(read_file_up_to(dir / "file", 1'000'000)->size(), 100'002U);
    write_file(dir / "empty", "");
    EXPECT_EQ(*read_file_up_to(dir / "empty", 10), "");
}

TEST(ReadFile, IsRefusedWhenItIsLarger) {
    const TempDir dir;
    write_file(dir / "file", std::string(100, 'x'));
    EXPECT_EQ(read_file_up_to(dir / "file", 100)->size(), 100U);
    EXPECT_EQ(read_file_up_to(dir / "file", 99).error(), errc::file_too_large);
    EXPECT_EQ(read_file_up_to("/dev/zero", 100'000).error(), errc::file_too_large);
}

TEST(ReadFile, MayNotBeThere) {
    const TempDir dir;
    EXPECT_EQ(read_file_up_to(dir / "file", 10).error(), boost::system::errc::no_such_file_or_directory);
    EXPECT_EQ(read_file_up_to(dir.path(), 10).error(), boost::system::errc::is_a_directory);
}

}  // namespace
}  // namespace enrichd::test::read_file_test

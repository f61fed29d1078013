#include "base/replace_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "support/temp_dir.hpp"

namespace enrichd::test {
namespace {

TEST(ReplaceFile, WritesAllPartsAndMakesTheDirectory) {
    const TempDir dir;
    const std::string file = dir / "below/file";
    ASSERT_FALSE(replace_file(file, std::array<std::string_view, 2>{"one\n", "two\n"},
                              WallTime(std::chrono::hours(1'000))));
    EXPECT_EQ(read_file(file), "one\ntwo\n");
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0640U);
    EXPECT_EQ(status.st_mtim.tv_sec, 3'600'000);
}

TEST(ReplaceFile, LeavesTheFileAsItWasWhenItFails) {
    const TempDir dir;
    write_file(dir / "file", "old");
    std::filesystem::create_directory(dir / "directory");
    write_file(dir / "directory/inside", "");
    EXPECT_TRUE(replace_file(dir / "directory", std::array<std::string_view, 1>{"new"}));
    EXPECT_TRUE(replace_file(dir / "file/below", std::array<std::string_view, 1>{"new"}));
    EXPECT_EQ(read_file(dir / "file"), "old");
    EXPECT_EQ(count_files(dir.path()), 2U) << "nothing is left beside them";
}

}  // namespace
}  // namespace enrichd::test

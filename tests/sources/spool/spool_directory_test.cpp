#include "sources/spool/spool_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "proto/wire.h"
#include "support/temp_dir.hpp"

namespace enrichd::test::spool_directory_test {
namespace {

constexpr SpoolName name{1, Destination::siem};

class SpoolDirectoryTest : public testing::Test {
  protected:
    SpoolDirectoryTest() { EXPECT_FALSE(directory_.prepare(-1)); }

    const TempDir dir_;
    SpoolDirectory directory_{(dir_ / "spool").string()};
    const std::filesystem::path file_ = dir_ / "spool/new/0000000000000001";
};

TEST_F(SpoolDirectoryTest, MakesWhatIsMissingForTheOwnerAndTheGroup) {
    for (const char* made : {"spool", "spool/tmp", "spool/new"}) {
        struct stat status {};
        ASSERT_EQ(::stat((dir_ / made).c_str(), &status), 0) << made;
        EXPECT_EQ(status.st_mode & 07777, 0770U) << made;
    }
    ::chmod((dir_ / "spool/new").c_str(), 0750);
    EXPECT_FALSE(directory_.prepare(-1));
    struct stat status {};
    ASSERT_EQ(::stat((dir_ / "spool/new").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0750U) << "an administrator's rights stay";
}

TEST_F(SpoolDirectoryTest, ReportsWhatItCannotMake) {
    SpoolDirectory directory("/proc/none");
    EXPECT_TRUE(directory.prepare(-1));
}

TEST_F(SpoolDirectoryTest, ReadsAFileToOneByteMoreThanAnAlertMayHave) {
    write_file(file_, "alert");
    EXPECT_EQ(directory_.read(name).value(), "alert");
    write_file(file_, std::string(WIRE_MAX_ALERT + 100, ' '));
    EXPECT_EQ(directory_.read(name).value().size(), WIRE_MAX_ALERT + 1U);
}

TEST_F(SpoolDirectoryTest, ReadsRegularFilesAlone) {
    EXPECT_EQ(directory_.read(name).error(), boost::system::errc::no_such_file_or_directory);
    std::filesystem::create_symlink("/etc/passwd", file_);
    EXPECT_TRUE(directory_.read(name).has_error());
    std::filesystem::remove(file_);
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    EXPECT_EQ(directory_.read(name).error(), boost::system::errc::invalid_argument);
}

TEST_F(SpoolDirectoryTest, TakesTheBytesOfARemovedFileOffTheSize) {
    write_file(file_, "alert");
    directory_.size().set_used(12);
    EXPECT_FALSE(directory_.remove(name, 5));
    EXPECT_FALSE(std::filesystem::exists(file_));
    EXPECT_EQ(directory_.size().used(), 7U);
    EXPECT_FALSE(directory_.remove(name, 5)) << "somebody took it away";
    EXPECT_EQ(directory_.size().used(), 7U);
    std::filesystem::create_directory(file_);
    EXPECT_TRUE(directory_.remove(name, 5));
    EXPECT_EQ(directory_.size().used(), 7U);
}

}  // namespace
}  // namespace enrichd::test::spool_directory_test

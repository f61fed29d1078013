#include "sources/spool/spool_scanner.hpp"

#include <gtest/gtest.h>

#include "support/temp_dir.hpp"

namespace enrichd::test::spool_scanner_test {
namespace {

using namespace std::chrono_literals;

class SpoolScannerTest : public testing::Test {
  protected:
    SpoolScannerTest() { EXPECT_FALSE(directory_.prepare(-1)); }

    void spool(std::uint64_t id, const std::string& bytes) {
        write_file(dir_ / "spool/new" / SpoolName{id, Destination::siem}.text(), bytes);
    }
    /// The number of steps until none is due.
    int scan(bool journal_refuses = false) {
        int steps = 0;
        while (scanner_.step(journal_refuses)) ++steps;
        return steps;
    }

    const TempDir dir_;
    SpoolDirectory directory_{(dir_ / "spool").string()};
    SpoolQueue queue_;
    SpoolTrouble trouble_;
    SpoolScanner scanner_{directory_, queue_, trouble_, 10s};
    const Clock::time_point start_ = Clock::now();
};

TEST_F(SpoolScannerTest, FindsFilesWhenItIsRequestedAndNoneIsPending) {
    EXPECT_FALSE(scanner_.complete());
    spool(1, "alert");
    EXPECT_EQ(scan(), 1) << "the first needs no request";
    EXPECT_TRUE(scanner_.complete());
    EXPECT_EQ(queue_.files(), 1U);
    spool(2, "alert");
    EXPECT_EQ(scan(), 0);
    scanner_.request();
    EXPECT_FALSE(scanner_.complete());
    EXPECT_EQ(scan(true), 0) << "a file is pending";
    queue_.take();
    EXPECT_EQ(scan(), 1);
    EXPECT_EQ(queue_.files(), 2U);
}

TEST_F(SpoolScannerTest, ScansByTimeEvenWhileFilesArePendingButOnlyWhenTheJournalRefuses) {
    spool(1, "alert");
    scan();
    EXPECT_GE(scanner_.next_by_time(), start_ + 10s);
    EXPECT_FALSE(scanner_.request_by_time(start_ + 9s));
    const Clock::time_point due = scanner_.next_by_time();
    EXPECT_TRUE(scanner_.request_by_time(due));
    EXPECT_EQ(scanner_.next_by_time(), due + 10s);
    EXPECT_EQ(scan(false), 0);
    EXPECT_EQ(scan(true), 1);
}

TEST_F(SpoolScannerTest, MeasuresTheFilesOnceAndCorrectsTheSizeWhenThereIsNone) {
    spool(1, "alert");
    directory_.size().set_used(100);
    scan();
    EXPECT_EQ(directory_.size().used(), 5U);
    directory_.size().set_used(100);
    const auto name = queue_.take();
    ASSERT_TRUE(name);
    scanner_.request();
    scan();
    EXPECT_EQ(directory_.size().used(), 100U);
    std::filesystem::remove(dir_ / "spool/new" / name->text());
    scanner_.request();
    scan();
    EXPECT_EQ(directory_.size().used(), 100U) << "a file is in flight";
    queue_.finish(*name);
    scanner_.request();
    scan();
    EXPECT_EQ(directory_.size().used(), 0U);
}

TEST_F(SpoolScannerTest, ADirectoryThatCannotBeReadIsTroubleAndTriedAgainSoon) {
    std::filesystem::remove_all(dir_ / "spool/new");
    scan();
    EXPECT_TRUE(trouble_.current());
    EXPECT_FALSE(scanner_.complete());
    EXPECT_LT(scanner_.next_by_time(), start_ + 10s);
    std::filesystem::create_directory(dir_ / "spool/new");
    EXPECT_TRUE(scanner_.request_by_time(scanner_.next_by_time()));
    scan();
    EXPECT_FALSE(trouble_.current());
    EXPECT_TRUE(scanner_.complete());
}

}  // namespace
}  // namespace enrichd::test::spool_scanner_test

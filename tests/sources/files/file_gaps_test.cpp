// Files that are gone before they were read to their end: those that came after them are read.
#include <chrono>
#include <filesystem>

#include "sources/files/followed_fixture.hpp"

namespace enrichd::test::file_gaps_test {
namespace {

class FileGapsTest : public FollowedFixture {};

TEST_F(FileGapsTest, FilesThatCameAfterOneThatIsGoneAreReadFromTheirBeginnings) {
    rotate("01");
    read_and_stop(5);
    for (const char* day : {"02", "03", "04"}) {
        const int first = 5 * (day[1] - '1');
        rotate(day);
        append(lines(first, first + 5));
        std::filesystem::last_write_time(
            name(), std::filesystem::file_time_type::clock::now() + std::chrono::hours(day[1] - '0'));
    }
    std::filesystem::remove(dated("01"));
    start();
    ASSERT_TRUE(wait_for(20));
    EXPECT_EQ(reported(), ids(0, 20));
    EXPECT_EQ(file().gaps(), 1U);
}

TEST_F(FileGapsTest, TheSameWhenTheyWereWrittenLongBeforeThePositionWasSaved) {
    const auto written = [this](const char* day, int hours_ago) {
        const int first = 5 * (day[1] - '1');
        rotate(day);
        append(lines(first, first + 5));
        std::filesystem::last_write_time(
            name(), std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours_ago));
    };
    written("01", 4);
    start();
    ASSERT_TRUE(wait_for(5));
    stop();
    for (const char* day : {"02", "03", "04"}) written(day, '4' - day[1]);
    std::filesystem::remove(dated("01"));
    start();
    ASSERT_TRUE(wait_for(20));
    EXPECT_EQ(reported(), ids(0, 20));
    EXPECT_EQ(file().gaps(), 1U);
}

TEST_F(FileGapsTest, AnEmptyFileThatIsGoneAfterARotationIsNoGap) {
    rotate("01");
    start();
    ASSERT_TRUE(until([&] { return file().current() != nullptr; }));
    rotate("02");
    std::filesystem::remove(dated("01"));
    append(lines(0, 5));
    ASSERT_TRUE(wait_for(5));
    EXPECT_EQ(reported(), ids(0, 5));
    EXPECT_EQ(file().gaps(), 0U);
}

TEST_F(FileGapsTest, AFileThatIsGoneBeforeItsEndIsAGapAndThePresentOneIsReadFromItsBeginning) {
    read_and_stop(5);
    append(dir_ / "alerts/new", lines(5, 10));
    std::filesystem::rename(dir_ / "alerts/new", name());
    start();
    ASSERT_TRUE(wait_for(10));
    EXPECT_EQ(reported(), ids(0, 10));
    EXPECT_EQ(file().gaps(), 1U);
}

TEST_F(FileGapsTest, OfAFileThatIsGoneWhileItIsReadTheFilesThatCameAfterItAreRead) {
    rotate("01");
    append(lines(0, 5));
    age(name());
    start();
    ASSERT_TRUE(wait_for(5));
    for (const char* day : {"02", "03", "04"}) {
        const int first = 5 * (day[1] - '1');
        rotate(day);
        append(lines(first, first + 5));
    }
    std::filesystem::remove(dated("01"));
    ASSERT_TRUE(wait_for(20));
    wait_for_end();
    EXPECT_EQ(reported(), ids(0, 20));
}

}  // namespace
}  // namespace enrichd::test::file_gaps_test

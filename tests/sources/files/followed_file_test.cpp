// Scenarios T1 to T19 of what happens to Wazuh's files: each alert is reported once.
#include "sources/files/followed_file.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <random>

#include "sources/files/followed_fixture.hpp"

namespace enrichd::test::followed_file_test {
namespace {

using namespace std::chrono_literals;

class FollowedFileTest : public FollowedFixture {};

TEST_F(FollowedFileTest, TakesEachLineOnceAndInOrderHoweverTheWriterCutsThem) {
    start();
    constexpr int count = 2'000;
    const std::string all = lines(0, count);
    std::mt19937 random(18);
    for (std::size_t at = 0; at < all.size();) {
        const std::size_t piece = std::min<std::size_t>(all.size() - at, 1 + random() % 65'536);
        append(all.substr(at, piece));
        at += piece;
        pass(1ms);
    }
    ASSERT_TRUE(wait_for(count));
    EXPECT_EQ(reported(), ids(0, count));
    EXPECT_EQ(file().results()["taken"], static_cast<std::uint64_t>(count));
    wait_for_end();
}

TEST_F(FollowedFileTest, AfterAKillReadsAgainWhatIsNotSavedAndKeepsWhatIs) {
    append(lines(0, 600));
    start();
    ASSERT_TRUE(wait_for(600));
    ASSERT_TRUE(until([&] { return database_.waiting() == 0; }));
    crash();
    append(lines(600, 900));
    start();
    ASSERT_TRUE(until([&] { return sink_.with(R"("alert_id":"899")") > 0; }));
    wait_for_end();
    EXPECT_LE(sink_.events.size(), 900U + PositionSaver::most_lines) << "only what was not saved";
    for (int id = 0; id < 900; ++id)
        EXPECT_GE(sink_.with("\"alert_id\":\"" + std::to_string(id) + "\""), 1U) << id;
}

TEST_F(FollowedFileTest, AfterAStopGoesOnWithTheNextLine) {
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    stop();
    append(lines(10, 20));
    start();
    ASSERT_TRUE(wait_for(20));
    look_again();
    EXPECT_EQ(reported(), ids(0, 20));
    EXPECT_EQ(file().gaps() + file().truncations(), 0U);
}

TEST_F(FollowedFileTest, BeginsAtTheEndOfAFileThatWasNeverReadUnlessToldOtherwise) {
    options_.begin = FilesBegin::end;
    append(lines(0, 10) + line(10).substr(0, 50));
    start();
    ASSERT_TRUE(until([&] { return file().current() != nullptr; }));
    append(line(10).substr(50) + line(11));
    ASSERT_TRUE(wait_for(2));
    EXPECT_EQ(reported(), (std::vector<int>{10, 11})) << "the line that was being written is new";
    stop();
    append(line(12));
    start();
    ASSERT_TRUE(wait_for(3)) << "from where it stopped, and not from the end";
}

TEST_F(FollowedFileTest, AFileThatComesLaterIsReadFromItsBeginning) {
    options_.begin = FilesBegin::end;
    start();
    ASSERT_TRUE(until([&] { return !file().trouble().empty(); }));
    EXPECT_NE(file().trouble().find("is not there"), std::string::npos);
    append(lines(0, 3));
    ASSERT_TRUE(wait_for(3));
    EXPECT_EQ(reported(), ids(0, 3));
    EXPECT_EQ(file().trouble(), "");
}

TEST_F(FollowedFileTest, ReadsARotatedFileToItsEndBeforeTheNext) {
    rotate("01");
    append(lines(0, 100));
    start();
    ASSERT_TRUE(wait_for(100));
    append(lines(100, 200));
    rotate("02");
    append(lines(200, 300));
    append(dated("01"), "");  // the writer has closed it
    ASSERT_TRUE(wait_for(300));
    EXPECT_EQ(reported(), ids(0, 300));
    wait_for_end();
    EXPECT_EQ(file().gaps() + file().truncations(), 0U);
}

TEST_F(FollowedFileTest, WhatTheWriterStillAddsToARotatedFileIsTaken) {
    rotate("01");
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    for (const bool late : {false, true}) {  // before the next file is read, or when it is
        const int next = late ? 20 : 10;
        rotate(late ? "03" : "02");
        append(lines(next + 1, next + 10));
        if (late) ASSERT_TRUE(wait_for(29));
        append(dated(late ? "02" : "01"), line(next));
        ASSERT_TRUE(wait_for(static_cast<std::size_t>(next) + 10));
        wait_for_end();
    }
    std::vector<int> found = reported();
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, ids(0, 30));
}

TEST_F(FollowedFileTest, ReadsAllFilesOfRotationsWhileItWasStopped) {
    rotate("01");
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    stop();
    append(lines(10, 20));
    int next = 20;
    for (const char* day : {"01-001", "01-002", "02"}) {
        age(name());
        rotate(day);
        append(lines(next, next + 10));
        next += 10;
    }
    start();
    ASSERT_TRUE(wait_for(50));
    look_again();
    EXPECT_EQ(reported(), ids(0, 50));
    EXPECT_EQ(file().gaps(), 0U);
}

TEST_F(FollowedFileTest, ReadsTheRestOfAFileThatWasCompressedMeanwhile) {
    rotate("01");
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    stop();
    append(lines(10, 20));
    rotate("02");
    append(lines(20, 30));
    compress(dated("01"));
    start();
    ASSERT_TRUE(wait_for(30));
    look_again();
    EXPECT_EQ(reported(), ids(0, 30));
    EXPECT_EQ(file().gaps(), 0U);
}

TEST_F(FollowedFileTest, PrefersTheFileToItsHalfCompressedCopy) {
    rotate("01");
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    stop();
    append(lines(10, 20));
    rotate("02");
    compress(dated("01"), false);
    const std::string packed = dated("01").string() + ".gz";
    std::filesystem::resize_file(packed, std::filesystem::file_size(packed) / 2);
    start();
    append(line(20));
    ASSERT_TRUE(wait_for(21));
    look_again();
    EXPECT_EQ(reported(), ids(0, 21));
}

TEST_F(FollowedFileTest, WaitsForTheRestOfACompressedFile) {
    rotate("01");
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    stop();
    append(lines(10, 2'000));
    rotate("02");
    append(line(2'000));
    compress(dated("01"));
    const std::string packed = dated("01").string() + ".gz";
    const std::string whole = read_file(packed);
    std::filesystem::resize_file(packed, whole.size() / 2);
    start();
    ASSERT_TRUE(until([&] { return !file().trouble().empty(); }));
    EXPECT_NE(file().trouble().find("damaged"), std::string::npos);
    std::filesystem::resize_file(packed, 0);
    append(packed, whole);
    ASSERT_TRUE(wait_for(2'001));
    EXPECT_EQ(reported(), ids(0, 2'001));
    EXPECT_EQ(file().trouble(), "");
}

TEST_F(FollowedFileTest, ATruncatedFileIsReadFromItsBeginning) {
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    std::filesystem::resize_file(name(), 0);
    append(lines(10, 12));
    ASSERT_TRUE(wait_for(12));
    EXPECT_EQ(reported(), ids(0, 12));
    EXPECT_EQ(file().truncations(), 1U);
    look_again();
    EXPECT_EQ(file().truncations(), 1U);
}

TEST_F(FollowedFileTest, AFileThatWasRefilledBeyondThePositionIsReadFromItsBeginning) {
    append(lines(0, 3));
    start();
    ASSERT_TRUE(wait_for(3));
    stop();
    std::filesystem::resize_file(name(), 0);
    append(lines(3, 20));
    start();
    ASSERT_TRUE(wait_for(20));
    look_again();
    EXPECT_EQ(reported(), ids(0, 20));
    EXPECT_EQ(file().truncations(), 1U);
}

TEST_F(FollowedFileTest, TheSameWhileItIsRead) {
    append(lines(0, 3));
    start();
    ASSERT_TRUE(wait_for(3));
    wait_for_end();
    std::filesystem::resize_file(name(), 0);
    append(lines(3, 20));
    ASSERT_TRUE(until([&] { return file().truncations() == 1; }));
    wait_for_end();
    for (int id = 0; id < 20; ++id)
        EXPECT_EQ(sink_.with("\"alert_id\":\"" + std::to_string(id) + "\""), 1U) << id;
}

TEST_F(FollowedFileTest, WhatWasTruncatedAfterACopyIsReadFromTheCopy) {
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    stop();
    append(lines(10, 20));
    std::filesystem::copy_file(name(), name().string() + ".1");
    age(name().string() + ".1");
    std::filesystem::resize_file(name(), 0);
    append(lines(20, 22));
    start();
    ASSERT_TRUE(wait_for(22));
    look_again();
    EXPECT_EQ(reported(), ids(0, 22));
}

TEST_F(FollowedFileTest, WhatIsWrittenAnewBeyondThePositionIsNotReadAsTheRestOfTheOld) {
    append(lines(0, 3));
    start();
    ASSERT_TRUE(wait_for(3));
    wait_for_end();
    journal_.configure(0);  // so that these are not read
    append(lines(3, 8));
    look_again();
    std::filesystem::copy_file(name(), name().string() + ".1");
    age(name().string() + ".1");
    std::filesystem::resize_file(name(), 0);
    append(lines(8, 40));
    journal_.configure(100'000);
    ASSERT_TRUE(wait_for(40));
    look_again();
    EXPECT_EQ(reported(), ids(0, 40));
    EXPECT_EQ(file().results()["torn"], 0U);
}

TEST_F(FollowedFileTest, AFileThatWasBegunEmptyIsKnownByItsHeadOnceItHasOne) {
    append("");
    start();
    ASSERT_TRUE(until([&] { return file().current() != nullptr; }));
    append(lines(0, 20));
    ASSERT_TRUE(wait_for(20));
    std::filesystem::resize_file(name(), 0);
    append(lines(20, 50));
    ASSERT_TRUE(wait_for(50));
    EXPECT_EQ(reported(), ids(0, 50));
    EXPECT_EQ(file().truncations(), 1U);
}

TEST_F(FollowedFileTest, AFileThatWasBegunEmptyIsFoundAfterAKill) {
    rotate("01");
    start();
    ASSERT_TRUE(until([&] { return file().current() != nullptr; }));
    append(lines(0, 20));
    ASSERT_TRUE(wait_for(20));
    ASSERT_TRUE(until([&] {
        const auto positions = run(io_, Positions(database_).load(name()));
        return positions->front().offset == std::filesystem::file_size(name());
    }));
    crash();
    append(lines(20, 25));
    rotate("02");
    append(lines(25, 30));
    compress(dated("01"));
    start();
    ASSERT_TRUE(wait_for(30));
    EXPECT_EQ(reported(), ids(0, 30));
    EXPECT_EQ(file().gaps(), 0U);
}

TEST_F(FollowedFileTest, AFileThatWasAbsentAtTheStartIsReadFromItsBeginningByALaterRunToo) {
    options_.begin = FilesBegin::end;
    start();
    ASSERT_TRUE(until([&] { return !run(io_, Positions(database_).load(name()))->empty(); }));
    stop();
    append(lines(0, 5));
    start();
    ASSERT_TRUE(wait_for(5));
    EXPECT_EQ(file().gaps(), 0U);
}

TEST_F(FollowedFileTest, FilesThatCameAfterOneThatIsGoneAreReadFromTheirBeginnings) {
    rotate("01");
    append(lines(0, 5));
    start();
    ASSERT_TRUE(wait_for(5));
    stop();
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

TEST_F(FollowedFileTest, ACompressedFileThatIsNoneKeepsTheNextOnesBackForAMinute) {
    rotate("01");
    append(lines(0, 5));
    start();
    ASSERT_TRUE(wait_for(5));
    stop();
    rotate("02");
    append(lines(5, 50));
    rotate("03");
    append(lines(50, 55));
    compress(dated("02"));
    std::filesystem::resize_file(dated("02").string() + ".gz", 40);
    start();
    ASSERT_TRUE(wait_for(10));
    EXPECT_EQ(file().gaps(), 1U);
    EXPECT_EQ(reported().back(), 54);
}

TEST_F(FollowedFileTest, ANextFileThatAnotherFollowsIsWaitedForWithPauses) {
    rotate("01");
    append(lines(0, 5));
    start();
    ASSERT_TRUE(wait_for(5));
    append(dated("02"), lines(5, 10));
    const Fd other(::open(dated("02").c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
    rotate("02");
    ASSERT_TRUE(until([&] { return file().trouble() == "another process follows the file"; }));
    const auto looks = file().looks();
    for (int passed = 0; passed < 100; ++passed) pass(20ms);
    EXPECT_LE(file().looks(), looks + 4) << "in two seconds";
    ::flock(other.get(), LOCK_UN);
    ASSERT_TRUE(wait_for(10));
    EXPECT_EQ(reported(), ids(0, 10));
}

TEST_F(FollowedFileTest, AnotherFileOfTheSameInodeIsReadFromItsBeginning) {
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    stop();
    auto positions = run(io_, Positions(database_).load(name())).value();
    std::filesystem::remove(name());
    append(lines(10, 40));
    positions.front().identity.inode = OpenFile::open(name()).value()->inode();  // as most file systems would
    ASSERT_FALSE(run(io_, Positions(database_).save(name(), positions.front())));
    start();
    ASSERT_TRUE(wait_for(40));
    EXPECT_EQ(reported(), ids(0, 40));
}

TEST_F(FollowedFileTest, AnEmptyFileThatIsGoneAfterARotationIsNoGap) {
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

TEST_F(FollowedFileTest, AFileThatIsGoneBeforeItsEndIsAGapAndThePresentOneIsReadFromItsBeginning) {
    append(lines(0, 5));
    start();
    ASSERT_TRUE(wait_for(5));
    stop();
    append(dir_ / "alerts/new", lines(5, 10));
    std::filesystem::rename(dir_ / "alerts/new", name());
    start();
    ASSERT_TRUE(wait_for(10));
    EXPECT_EQ(reported(), ids(0, 10));
    EXPECT_EQ(file().gaps(), 1U);
}

TEST_F(FollowedFileTest, OfAFileThatIsGoneWhileItIsReadTheFilesThatCameAfterItAreRead) {
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

TEST_F(FollowedFileTest, WhenTheClockIsSetBackYesterdaysFileGoesOnWhereItStopped) {
    rotate("01");
    append(lines(0, 5));
    start();
    ASSERT_TRUE(wait_for(5));
    rotate("02");
    append(lines(5, 10));
    ASSERT_TRUE(wait_for(10));
    wait_for_end();
    rotate("01");
    append(lines(10, 15));
    ASSERT_TRUE(wait_for(15));
    wait_for_end();
    rotate("02");
    append(lines(15, 20));
    ASSERT_TRUE(wait_for(20));
    look_again();
    EXPECT_EQ(reported(), ids(0, 20));
}

TEST_F(FollowedFileTest, AFileThatAnotherFollowsIsLeftToIt) {
    append(lines(0, 2));
    const Fd other(::open(name().c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
    start();
    ASSERT_TRUE(until([&] { return !file().trouble().empty(); }));
    EXPECT_EQ(file().trouble(), "another process follows the file");
    EXPECT_TRUE(sink_.events.empty());
    ::flock(other.get(), LOCK_UN);
    ASSERT_TRUE(wait_for(2));
    EXPECT_EQ(file().trouble(), "");
}

TEST_F(FollowedFileTest, ReadingStopsWhileAlertsCannotBeKeptAndGoesOnAfterwards) {
    append(lines(0, 5));
    start();
    ASSERT_TRUE(wait_for(5));
    journal_.configure(0);
    append(lines(5, 10));
    look_again();
    EXPECT_EQ(sink_.events.size(), 5U) << "the file is the buffer";
    EXPECT_NE(file().trouble().find("cannot be kept"), std::string::npos);
    journal_.configure(100);
    ASSERT_TRUE(wait_for(10));
    EXPECT_EQ(reported(), ids(0, 10));
    EXPECT_EQ(file().trouble(), "");
}

TEST_F(FollowedFileTest, ALineThatCouldNotBeKeptIsReadAgainAndThoseBehindItAreNotReportedTwice) {
    sink_.full = true;
    sink_.places = 2;
    journal_.configure(1);  // takes an alert, and not its events
    append(lines(0, 3));
    start();
    ASSERT_TRUE(until([&] { return !sink_.refused.empty(); }));
    EXPECT_EQ(file().offset(), 0U);
    sink_.full = false;
    ASSERT_TRUE(wait_for(3));
    wait_for_end();
    EXPECT_EQ(reported(), ids(0, 3));
    EXPECT_EQ(files_->counts().received, 3U);
    EXPECT_EQ(files_->counts().duplicates, 0U);
    EXPECT_EQ(file().results()["taken"], 3U);
}

TEST_F(FollowedFileTest, ThePositionWaitsForTheAlertsThatWait) {
    provider_.silent = true;
    append(line(0) + line(1, "slow.com") + line(2));
    start();
    ASSERT_TRUE(wait_for(2));
    ASSERT_TRUE(until([&] { return kept().size() == 1; }));
    EXPECT_TRUE(until([&] { return file().offset() == std::filesystem::file_size(name()); }))
        << "the alert is the journal's now";
}

TEST_F(FollowedFileTest, AnAlertThatAlsoComesByTheSocketIsReportedOnce) {
    SourceCounts socket;
    socket.source = "socket";
    for (int id = 0; id < 10; id += 2) ASSERT_TRUE(submit_.take(line(id), Destination::siem, socket));
    append(lines(0, 10));
    start();
    ASSERT_TRUE(wait_for(10));
    for (int id = 1; id < 10; id += 2) ASSERT_TRUE(submit_.take(line(id), Destination::siem, socket));
    wait_for_end();
    EXPECT_EQ(sink_.events.size(), 10U);
    EXPECT_EQ(file().results()["duplicate"], 5U);
    EXPECT_EQ(socket.duplicates, 5U);
}

TEST_F(FollowedFileTest, AnAlertThatIsInWorkElsewhereIsNotForgotten) {
    SourceCounts socket;
    auto taken = submit_.take(line(0, "slow.com"), Destination::siem, socket);
    ASSERT_EQ(taken.value().outcome, Submit::Outcome::waits);
    append(line(0, "slow.com") + line(1));
    start();
    look_again();
    EXPECT_EQ(file().offset(), 0U) << "nobody else may have it";
    taken.value().job.ack.settle(false);
    ASSERT_TRUE(wait_for(2));
    EXPECT_EQ(sink_.with("slow.com"), 1U);
}

TEST_F(FollowedFileTest, FilesOfAReloadAreFollowedAndOthersNoMore) {
    append(lines(0, 2));
    start();
    ASSERT_TRUE(wait_for(2));
    const auto other = dir_ / "other.json";
    append(other, lines(2, 4));
    options_.files = {other};
    files_->configure(options_, {});
    ASSERT_TRUE(wait_for(4));
    append(lines(4, 6));
    look_again();
    EXPECT_EQ(sink_.events.size(), 4U);
    options_.files = {other, name()};
    files_->configure(options_, {});
    ASSERT_TRUE(wait_for(6)) << "it goes on where it stopped";
    EXPECT_EQ(reported(), ids(0, 6));
}

TEST_F(FollowedFileTest, APositionIsAlsoInAStateFileThatCameInThePlaceOfAnother) {
    append(lines(0, 3));
    start();
    ASSERT_TRUE(wait_for(3));
    ASSERT_TRUE(until([&] { return database_.waiting() == 0; }));
    for (const char* file : {"enrichd.db", "enrichd.db-wal", "enrichd.db-shm"})
        std::filesystem::remove(state_ / file);
    const auto saved = [&] {
        const auto positions = run(io_, Positions(database_).load(name()));
        return positions && !positions->empty() && positions->front().offset == file().offset();
    };
    const auto opened = database_.openings();
    ASSERT_TRUE(until([&] { return database_.openings() > opened; }));
    EXPECT_TRUE(until(saved));
}

TEST_F(FollowedFileTest, SaysHowFarBehindItIs) {
    journal_.configure(0);
    append(lines(0, 5));
    const auto size = std::filesystem::file_size(name());
    start();
    ASSERT_TRUE(until([&] { return file().current() && file().lag_bytes() == size; }));
    EXPECT_FALSE(files_->idle());
    EXPECT_GT(file().lag(), 0ns);
    journal_.configure(100);
    wait_for_end();
    EXPECT_EQ(file().lag_bytes(), 0U);
    EXPECT_EQ(file().lag(), 0ns);
}

TEST_F(FollowedFileTest, AFileThatIsWrittenAllTheTimeIsNotBehind) {
    append(lines(0, 1));
    start();
    ASSERT_TRUE(wait_for(1));
    for (int id = 1; id < 1'000; ++id) {  // twenty seconds
        append(line(id));
        pass(20ms);
        EXPECT_LT(file().lag(), 10s);
    }
}

TEST_F(FollowedFileTest, WhatIsNoRegularFileIsNotWaitedFor) {
    std::filesystem::create_directories(name());
    start();
    ASSERT_TRUE(until([&] { return !file().trouble().empty(); }));
    EXPECT_EQ(file().trouble(), "it is no regular file");
    std::filesystem::remove(name());
    ASSERT_EQ(::mkfifo(name().c_str(), 0600), 0);
    look_again();
    EXPECT_EQ(file().trouble(), "it is no regular file");
}

}  // namespace
}  // namespace enrichd::test::followed_file_test

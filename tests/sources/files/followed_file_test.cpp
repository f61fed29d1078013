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
    read(600);
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
    read_and_stop(10);
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

TEST_F(FollowedFileTest, AFileThatWasAbsentAtTheStartIsReadFromItsBeginningByALaterRunToo) {
    options_.begin = FilesBegin::end;
    start();
    ASSERT_TRUE(until([&] { return !run(io_, Positions(database_).load(name()))->empty(); }));
    stop();
    read(5);
    EXPECT_EQ(file().gaps(), 0U);
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

TEST_F(FollowedFileTest, ANextFileThatAnotherFollowsIsWaitedForWithPauses) {
    rotate("01");
    read(5);
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

TEST_F(FollowedFileTest, ReadingStopsWhileAlertsCannotBeKeptAndGoesOnAfterwards) {
    read(5);
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
    read(10);
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
    read(2);
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
    read(3);
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

TEST_F(FollowedFileTest, WhatIsWrittenWhileAlertsCannotBeKeptIsBehind) {
    read(3);
    wait_for_end();
    journal_.configure(0);
    append(lines(3, 8));
    EXPECT_TRUE(until([&] { return file().lag() > 30s; }));
    journal_.configure(100'000);
    ASSERT_TRUE(wait_for(8));
    EXPECT_TRUE(until([&] { return file().lag() == 0s; }));
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

TEST_F(FollowedFileTest, SaysNothingOfHowFarBehindItIsBeforeItHasLooked) {
    append(lines(0, 5));
    start();
    EXPECT_EQ(file().lag_bytes(), std::nullopt);
    EXPECT_TRUE(until([&] { return file().lag_bytes().has_value(); }));
    wait_for_end();
    EXPECT_EQ(file().lag_bytes(), 0U);
}

TEST_F(FollowedFileTest, AFileThatIsWrittenAllTheTimeIsNotBehind) {
    read(1);
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

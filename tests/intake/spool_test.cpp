#include "intake/spool.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/alerts.hpp"
#include "support/trip_test.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t some_id = 0x0123456789abcdefULL;

class SpoolTest : public TripTest {
  protected:
    SpoolTest() {
        SpoolOptions options;
        options.directory = dir_ / "spool";
        options.in_hand = 4;
        options.rescan = 1h;  // longer than any test waits
        spool_.emplace(io_, work_, enricher_, journal_, recent_, options);
        EXPECT_TRUE(spool_->prepare(-1));
    }
    void spool(std::uint64_t id, const std::string& alert, const std::string& tail = "") {
        std::string name(WIRE_SPOOL_NAME, '0');
        wire_spool_name(name.data(), id);
        write_file(dir_ / "spool/tmp" / (name + tail), alert);
        std::filesystem::rename(dir_ / "spool/tmp" / (name + tail), fresh() / (name + tail));
    }
    void watch() {
        services_.spawn("watch", spool_->watch());
        services_.spawn("listen", spool_->listen());
    }
    std::filesystem::path fresh() const { return dir_ / "spool/new"; }

    TempDir dir_;
    Recent recent_;
    std::optional<Spool> spool_;
};

TEST_F(SpoolTest, TakesWhatIsThereAndWhatComesAndRemovesWhatIsFinished) {
    spool(1, alert_for("one.com"));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("one.com") == 1; }));
    spool(2, alert_for("two.com"));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("two.com") == 1; })) << "inotify tells";
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->counts().received, 2U);
    EXPECT_EQ(count_files(dir_ / "spool/tmp"), 0U);
}

TEST_F(SpoolTest, WhatHasToWaitGoesIntoTheJournalOldestFirstAndItsFileGoes) {
    provider_.silent = true;
    for (std::uint64_t id = 9; id > 0; --id) spool(id, alert_for(std::to_string(id) + ".com"));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 9; }));
    EXPECT_EQ(provider_.asked_for.front(), "1.com");
    EXPECT_EQ(provider_.asked_for.back(), "9.com");
    EXPECT_EQ(count_files(fresh()), 0U);
    EXPECT_EQ(kept().size(), 9U);
    EXPECT_TRUE(spool_->idle()) << "the alerts are the journal's now";
}

TEST_F(SpoolTest, AFileStaysWhileTheJournalTakesNothingAndIsTakenWhenItDoes) {
    journal_.configure(0);
    spool(1, alert_for("one.com"));
    watch();
    io_.restart();
    io_.run_for(50ms);
    EXPECT_EQ(count_files(fresh()), 1U);
    EXPECT_TRUE(provider_.asked_for.empty());
    journal_.configure(100);
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("one.com") == 1; }));
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
}

TEST_F(SpoolTest, WhatCannotBeMadeSafeStaysCountedOnceAndIsTriedAtGrowingPauses) {
    cache_.put("x.com", ScriptedProvider::answer("NEW", false).verdict, 1h, Clock::now());
    sink_.full = true;
    sink_.places = 2;
    journal_.configure(1);  // takes an alert, and not its events
    constexpr std::size_t files = 10;
    for (std::uint64_t i = 1; i <= files; ++i) spool(i, alert_for("x.com", std::to_string(i)));
    watch();
    ASSERT_TRUE(run_until(io_, [&] { return sink_.refused.size() >= 2; }));
    io_.restart();
    io_.run_for(50ms);
    EXPECT_LE(sink_.refused.size(), 4 * files);
    EXPECT_EQ(spool_->files(), files);
    EXPECT_EQ(spool_->counts().received, 0U);
    sink_.full = false;
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("x.com") == files; }));
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->counts().received, files);
}

TEST_F(SpoolTest, ManyThatNeedNoWaitingAreDoneWithoutAPauseAndLeaveTheLoopToOthers) {
    for (std::uint64_t id = 1; id <= 1000; ++id) spool(id, alert_for("wpad", std::to_string(id)));
    watch();
    io_.restart();
    io_.poll_one();
    EXPECT_LT(spool_->counts().received, 1000U) << "not all in one turn";
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_TRUE(run_until(io_, [&] { return spool_->idle(); }));
}

TEST_F(SpoolTest, AnAlertThatTheSocketBroughtIsNotTakenAgain) {
    recent_.note(content_hash(alert_for("one.com"), Destination::siem));
    spool(some_id, alert_for("one.com"));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->counts().duplicates, 1U);
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(SpoolTest, ACopyOfWhatIsInWorkStaysUntilThatIsSafe) {
    recent_.take(content_hash(alert_for("one.com"), Destination::siem));
    spool(some_id, alert_for("one.com"));
    watch();
    io_.restart();
    io_.run_for(50ms);
    EXPECT_EQ(count_files(fresh()), 1U);
    EXPECT_EQ(spool_->counts().received, 0U);
    recent_.settle(content_hash(alert_for("one.com"), Destination::siem), true);
    EXPECT_TRUE(run_until(io_, [&] { return spool_->counts().duplicates == 1; }));
}

TEST_F(SpoolTest, ItsBytesAreCountedWhereTheShimCountsThem) {
    spool(1, alert_for("one.com"));
    spool(2, "no alert");
    const auto size = alert_for("one.com").size() + 8;
    ASSERT_TRUE(spool_->prepare(-1));
    EXPECT_EQ(spool_->size().used(), size) << "at the start they are looked at";
    EXPECT_FALSE(spool_->full());
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->size().used(), 0U);
}

TEST_F(SpoolTest, ABrokenAlertIsRefusedWithAReasonAndTheNextIsTaken) {
    write_file(fresh() / "0000000000000001", "{\"half\":");
    write_file(fresh() / "0000000000000002", "");
    write_file(fresh() / "0000000000000003", std::string(WIRE_MAX_ALERT + 1, ' '));
    spool(4, alert_for("four.com"));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(sink_.events.size(), 1U);
    EXPECT_EQ(spool_->counts().rejected["not_json"], 2U);
    EXPECT_EQ(spool_->counts().rejected["too_long"], 1U);
}

TEST_F(SpoolTest, WhatIsNotOursIsLeftAlone) {
    write_file(fresh() / "README", "hello");
    std::filesystem::create_symlink("/etc/passwd", fresh() / "0000000000000005");
    std::filesystem::create_directory(fresh() / "0000000000000006");
    ::mkfifo((fresh() / "0000000000000007").c_str(), 0600);
    spool(8, alert_for("eight.com"));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1 && spool_->files() == 0; }));
    EXPECT_EQ(count_files(fresh()), 4U);
    EXPECT_EQ(spool_->counts().rejected["system"], 3U) << "each is reported once, not at every scan";
    spool_->configure({});
    EXPECT_TRUE(run_until(io_, [&] { return spool_->counts().rejected["system"] == 6U; }))
        << "a reload tries them again";
}

TEST_F(SpoolTest, ADirectoryThatVanishesIsTroubleNotACrash) {
    std::filesystem::remove_all(dir_ / "spool");
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return spool_->trouble().has_value(); }));
}

TEST_F(SpoolTest, TheLineOfAnActiveResponseComesBackAsThat) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    write_file(fresh() / "0123456789abcdef-a",
               R"({"command":"add","parameters":{"alert":{"id":"1","data":{"dnsstat":{"query":"x.com"}}}}})");
    write_file(fresh() / "0123456789abcded-a", R"({"command":"delete"})");
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1; }));
    EXPECT_EQ(sink_.events[0].destination, Destination::active_response);
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->counts().rejected["other_command"], 1U);
}

TEST(SpoolName, SaysWhatTheFileHolds) {
    EXPECT_EQ(SpoolName::parse("0123456789abcdef")->id, some_id);
    EXPECT_EQ(SpoolName::parse("0123456789abcdef")->destination, Destination::siem);
    EXPECT_EQ(SpoolName::parse("0123456789abcdef-a")->destination, Destination::active_response);
    for (const char* text : {"", "0123456789abcde", "0123456789abcdeg", "0123456789abcdef-",
                             "0123456789abcdef-x", "0123456789abcdef17", "0000000000000000",
                             "../../etc/passwd", "0123456789abcdef-aa", "0123456789abcdefa"})
        EXPECT_FALSE(SpoolName::parse(text)) << text;
}

}  // namespace
}  // namespace enrichd::test

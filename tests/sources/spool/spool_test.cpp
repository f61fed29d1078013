#include "sources/spool/spool.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <functional>

#include "support/alerts.hpp"
#include "support/pipeline_fixture.hpp"

namespace enrichd::test::spool_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t some_id = 0x0123456789abcdefULL;

class SpoolTest : public PipelineFixture {
  protected:
    SpoolTest() {
        options_.directory = dir_ / "spool";
        options_.pace.most = 4;
        options_.pace.first = 10ms;
        options_.rescan = 1h;  // longer than any test waits
        build();
    }
    /// For what nobody tells.
    void look_often() {
        options_.rescan = 20ms;
        build();
    }
    void build() {
        spool_.emplace(io_, work_, submit_, journal_, options_);
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
    Submit submit_{work_, pipeline_, recent_, {}};
    SpoolOptions options_;
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
    journal_.configure(0);
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return spool_->size().used() == size; }))
        << "the first look counts them";
    EXPECT_FALSE(spool_->full());
    journal_.configure(100);
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
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1 && spool_->idle(); }));
    EXPECT_EQ(count_files(fresh()), 4U);
    EXPECT_EQ(spool_->files(), 3U) << "with our names";
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

TEST_F(SpoolTest, AlertsThatCannotBeKeptAreTriedLessAndLessOftenAndReceivedOnce) {
    Journal full(database_, outbox_, 0);  // the spool's own says that there is room: it is the last place
    ASSERT_TRUE(run(io_, full.load()));
    pipeline_.keep_in(full);
    for (std::uint64_t id = 1; id <= 300; ++id) spool(id, alert_for(std::to_string(id) + ".com"));
    watch();
    io_.restart();
    io_.run_for(1s);
    EXPECT_LE(spool_->counts().deferred, 30U) << "4, then one after 10 ms, 20 ms, 40 ms …";
    EXPECT_GE(spool_->counts().deferred, 1U);
    EXPECT_EQ(spool_->counts().received, 0U) << "none was taken";
    EXPECT_EQ(spool_->files(), 300U);
    EXPECT_EQ(count_files(fresh()), 300U);
    EXPECT_FALSE(spool_->idle());

    pipeline_.keep_in(journal_);
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 300; }));
    EXPECT_EQ(spool_->counts().received, 300U);
    EXPECT_TRUE(run_until(io_, [&] { return spool_->files() == 0; }));
}

TEST_F(SpoolTest, TheNumberOfFilesIsTrueWhileTheJournalTakesNone) {
    look_often();
    journal_.configure(0);
    for (std::uint64_t id = 1; id <= 30; ++id) spool(id, alert_for(std::to_string(id) + ".com"));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return spool_->files() == 30; }));
    for (std::uint64_t id = 31; id <= 50; ++id) spool(id, alert_for(std::to_string(id) + ".com"));
    EXPECT_TRUE(run_until(io_, [&] { return spool_->files() == 50; })) << "those that came since count";
    std::filesystem::remove(fresh() / "0000000000000001");
    EXPECT_TRUE(run_until(io_, [&] { return spool_->files() == 49; })) << "and those that went";
    EXPECT_EQ(spool_->counts().deferred, 0U);
}

TEST_F(SpoolTest, AFileThatSomebodyElseTookAwayIsNoTrouble) {
    journal_.configure(0);
    spool(1, alert_for("one.com"));
    spool(2, alert_for("two.com"));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return spool_->files() == 2; }));
    std::filesystem::remove(fresh() / "0000000000000001");
    journal_.configure(100);
    EXPECT_TRUE(run_until(io_, [&] { return spool_->idle(); }));
    EXPECT_EQ(spool_->counts().rejected.total(), 0U);
    EXPECT_FALSE(spool_->trouble());
}

/// How often others had the loop until `done`.
std::size_t turns_of_others(asio::io_context& io, const std::function<bool()>& done) {
    std::size_t turns = 0;
    std::function<void()> other = [&] {
        ++turns;
        if (!done()) asio::post(io, other);
    };
    asio::post(io, other);
    EXPECT_TRUE(run_until(io, done));
    io.restart();
    io.poll();
    return turns;
}

TEST_F(SpoolTest, ALookThroughManyFilesLeavesTheLoopToOthersInBetween) {
    constexpr std::size_t files = 2'000;
    journal_.configure(0);
    for (std::uint64_t id = 1; id <= files; ++id) spool(id, "{}");
    watch();
    const std::size_t turns = turns_of_others(io_, [&] { return spool_->files() >= files; });
    EXPECT_GE(turns, files / SpoolScan::step_size);
}

TEST_F(SpoolTest, TwoThousandAlertsWithoutANameAreNoWarningAndOtherRefusalsAreOneLine) {
    testing::internal::CaptureStderr();
    for (std::uint64_t id = 1; id <= 2'000; ++id) spool(id, "{}");
    for (std::uint64_t id = 3'001; id <= 3'200; ++id) spool(id, "no json");
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    const std::string lines = testing::internal::GetCapturedStderr();
    EXPECT_EQ(spool_->counts().rejected["name_missing"], 2'000U);
    EXPECT_EQ(spool_->counts().received, 2'200U) << "each once";
    EXPECT_LE(std::count(lines.begin(), lines.end(), '\n'), 5) << lines;
    EXPECT_NE(lines.find("a spooled alert is refused and removed"), std::string::npos) << lines;
    EXPECT_EQ(lines.find("name_missing"), std::string::npos);
}

TEST_F(SpoolTest, WhatAWriterThatWasKilledHasLeftIsTakenAfterAnHourAndNotBefore) {
    look_often();
    const auto tmp = dir_ / "spool/tmp";
    const auto leave = [&](const std::string& name, const std::string& bytes, std::chrono::hours age) {
        write_file(tmp / name, bytes);
        std::filesystem::last_write_time(tmp / name, std::filesystem::file_time_type::clock::now() - age);
    };
    leave("0000000000000001", alert_for("whole.com"), 2h);
    leave("0000000000000002", R"({"half":)", 2h);
    leave("0000000000000003", alert_for("of-the-future.com"), -2h);
    leave("0000000000000004", alert_for("in-work.com"), 0h);
    leave("notes.txt", "not ours", 48h);
    std::filesystem::create_symlink("/etc/passwd", tmp / "0000000000000005");
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 2; }));
    EXPECT_EQ(sink_.with("whole.com") + sink_.with("of-the-future.com"), 2U);
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->counts().rejected["not_json"], 1U) << "half an alert is refused, as it is everywhere";
    EXPECT_EQ(spool_->rescued(), 3U);
    EXPECT_EQ(count_files(tmp), 3U);
    EXPECT_TRUE(std::filesystem::exists(tmp / "0000000000000004"));
}

TEST_F(SpoolTest, WhatWasLeftReplacesNoOtherAlert) {
    look_often();
    const auto tmp = dir_ / "spool/tmp";
    journal_.configure(0);
    spool(1, alert_for("first.com"));
    write_file(tmp / "0000000000000001", alert_for("second.com"));
    std::filesystem::last_write_time(tmp / "0000000000000001",
                                     std::filesystem::file_time_type::clock::now() - 2h);
    watch();
    io_.restart();
    io_.run_for(100ms);
    EXPECT_EQ(read_file(fresh() / "0000000000000001"), alert_for("first.com"));
    journal_.configure(100);
    EXPECT_TRUE(
        run_until(io_, [&] { return sink_.with("first.com") == 1 && sink_.with("second.com") == 1; }));
}

TEST_F(SpoolTest, ADirectoryThatIsReplacedIsWatchedAgain) {
    look_often();
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return spool_->idle(); }));
    std::filesystem::remove_all(fresh());
    EXPECT_TRUE(run_until(io_, [&] { return spool_->trouble().has_value(); }));
    std::filesystem::create_directory(fresh());
    spool(1, alert_for("one.com"));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("one.com") == 1; }));
    EXPECT_FALSE(spool_->trouble());
}

TEST(SpoolScan, KeepsTheOldestAndSaysHowManyItLeft) {
    const TempDir dir;
    constexpr std::size_t most = 1'000;
    constexpr std::size_t count = 2 * most + 500;
    for (std::uint64_t id = count; id > 0; --id) {
        const Fd file(
            ::open((dir / SpoolName{id, Destination::siem}.text()).c_str(), O_CREAT | O_WRONLY, 0600));
        ASSERT_TRUE(file);
    }
    SpoolScan scan(dir.path(), false, most);
    std::size_t steps = 1;
    while (scan.step([](const SpoolName& name) { return name.id <= 10; }, [](std::string_view) {})) ++steps;
    EXPECT_GE(steps, count / SpoolScan::step_size);
    EXPECT_EQ(scan.found(), count);
    const auto names = scan.oldest();
    ASSERT_EQ(names.size(), most);
    EXPECT_EQ(names.front().id, 11U);
    EXPECT_EQ(names.back().id, 10 + most);
    EXPECT_EQ(scan.left_out(), count - 10 - most);
}

TEST(SpoolName, SaysWhatTheFileHolds) {
    EXPECT_EQ(SpoolName::parse("0123456789abcdef")->id, some_id);
    EXPECT_EQ(SpoolName::parse("0123456789abcdef")->destination, Destination::siem);
    EXPECT_EQ(SpoolName::parse("0123456789abcdef-a")->destination, Destination::active_response);
    for (const char* text : {"0123456789abcdef", "0123456789abcdef-a"})
        EXPECT_EQ(SpoolName::parse(text)->text(), text);
    for (const char* text :
         {"", "0123456789abcde", "0123456789abcdeg", "0123456789abcdef-", "0123456789abcdef-x",
          "0123456789abcdef17", "0000000000000000", "../../etc/passwd", "0123456789abcdef-aa",
          "0123456789abcdefa", "0123456789ABCDEF"})
        EXPECT_FALSE(SpoolName::parse(text)) << text;
}

}  // namespace
}  // namespace enrichd::test::spool_test

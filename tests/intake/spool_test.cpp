#include "intake/spool.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/alerts.hpp"
#include "support/run.hpp"
#include "support/scripted.hpp"

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t some_id = 0x0123456789abcdefULL;

class SpoolTest : public testing::Test {
  protected:
    SpoolTest() {
        enricher_.ask(verdicts_);
        SpoolOptions options;
        options.directory = dir_ / "spool";
        options.in_hand = 4;
        spool_.emplace(io_, work_, enricher_, recent_, options);
        EXPECT_TRUE(spool_->prepare(-1));
    }
    ~SpoolTest() override {
        services_.cancel();
        work_.cancel();
        run(io_, services_.drained(Clock::now() + 5s));
        run(io_, work_.drained(Clock::now() + 5s));
        EXPECT_EQ(work_.failures() + services_.failures(), 0U);
    }
    bool spool(std::uint64_t id, const std::string& alert, const Asked& asked = {}) {
        const std::list<Unfinished::Entry> one{{id, alert, &asked}};
        return spool_->write(one) == 0;
    }
    void watch() {
        services_.spawn("watch", spool_->watch());
        services_.spawn("listen", spool_->listen());
    }
    std::filesystem::path fresh() const { return dir_ / "spool/new"; }

    TempDir dir_;
    asio::io_context io_;
    Tasks work_{io_};
    Tasks services_{io_};
    ListSink sink_;
    ScriptedProvider provider_;
    VerdictCache cache_{CacheOptions{}};
    Verdicts verdicts_{io_, work_, cache_, provider_, {}};
    Enricher enricher_{work_, sink_, EnricherOptions{}};
    Recent recent_;
    std::optional<Spool> spool_;
};

TEST_F(SpoolTest, TakesWhatIsThereAndWhatComesAndRemovesWhatIsFinished) {
    ASSERT_TRUE(spool(1, alert_for("one.com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("one.com") == 1; }));
    ASSERT_TRUE(spool(2, alert_for("two.com")));
    EXPECT_TRUE(run_until(io_, [&] { return sink_.with("two.com") == 1; })) << "inotify tells";
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->counts().received, 2U);
    EXPECT_EQ(count_files(dir_ / "spool/tmp"), 0U);
}

TEST_F(SpoolTest, WorksOnAFewAtATimeOldestFirst) {
    provider_.silent = true;
    for (std::uint64_t id = 9; id > 0; --id) ASSERT_TRUE(spool(id, alert_for(std::to_string(id) + ".com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 4; }));
    EXPECT_EQ(provider_.asked_for, (std::vector<std::string>{"1.com", "2.com", "3.com", "4.com"}));
    EXPECT_EQ(spool_->files(), 9U);
    EXPECT_FALSE(spool_->idle());
}

TEST_F(SpoolTest, ManyThatNeedNoWaitingAreDoneWithoutAPauseAndLeaveTheLoopToOthers) {
    for (std::uint64_t id = 1; id <= 1000; ++id) ASSERT_TRUE(spool(id, alert_for("wpad")));
    watch();
    io_.restart();
    io_.poll_one();
    EXPECT_LT(spool_->counts().received, 1000U) << "not all in one turn";
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_TRUE(run_until(io_, [&] { return spool_->idle(); }));
}

TEST_F(SpoolTest, AlertsThatWereAskedForBeforeAStopComeFirstAndWaitForNoPlace) {
    provider_.silent = true;
    const Asked asked{WallTime(1'795'492'550s), 1};
    for (std::uint64_t id = 1; id <= 9; ++id)
        ASSERT_TRUE(spool(id, alert_for("n" + std::to_string(id) + ".com")));
    for (std::uint64_t id = 11; id <= 16; ++id)
        ASSERT_TRUE(spool(id, alert_for("n" + std::to_string(id) + ".com"), asked));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 6; }));
    EXPECT_EQ(provider_.asked_for.front(), "n11.com");
    EXPECT_EQ(provider_.asked_for.back(), "n16.com");
}

TEST_F(SpoolTest, AFileStaysUntilItsAlertIsFinished) {
    provider_.silent = true;
    ASSERT_TRUE(spool(1, alert_for("one.com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    EXPECT_EQ(count_files(fresh()), 1U);
}

TEST_F(SpoolTest, AnAlertThatTheSocketBroughtIsNotTakenAgain) {
    recent_.note(some_id);
    ASSERT_TRUE(spool(some_id, alert_for("one.com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->counts().duplicates, 1U);
    EXPECT_TRUE(sink_.events.empty());
}

TEST_F(SpoolTest, ABrokenAlertIsRefusedWithAReasonAndTheNextIsTaken) {
    write_file(fresh() / "0000000000000001", "{\"half\":");
    write_file(fresh() / "0000000000000002", "");
    write_file(fresh() / "0000000000000003", std::string(WIRE_MAX_ALERT + 1, ' '));
    ASSERT_TRUE(spool(4, alert_for("four.com")));
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
    ASSERT_TRUE(spool(8, alert_for("eight.com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1 && spool_->files() == 0; }));
    EXPECT_EQ(count_files(fresh()), 4U);
    EXPECT_EQ(spool_->counts().rejected["system"], 3U) << "each is reported once, not at every scan";
    spool_->configure({});
    EXPECT_TRUE(run_until(io_, [&] { return spool_->counts().rejected["system"] == 6U; }))
        << "a reload tries them again";
}

TEST_F(SpoolTest, TheFirstAskingIsKeptInTheName) {
    const Asked asked{WallTime(1'795'492'550s), 1};
    ASSERT_TRUE(spool(some_id, alert_for("one.com"), asked));
    EXPECT_TRUE(std::filesystem::exists(fresh() / "0123456789abcdef-1795492550"));
    provider_.silent = true;
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    verdicts_.note_what_was_asked();
    spool_->note_what_was_asked();
    EXPECT_TRUE(std::filesystem::exists(fresh() / "0123456789abcdef-1795492550"))
        << "the oldest asking counts";
}

TEST_F(SpoolTest, AQuestionOnTheWireIsNotedInTheNameOfItsFile) {
    provider_.silent = true;
    ASSERT_TRUE(spool(some_id, alert_for("one.com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    verdicts_.note_what_was_asked();
    spool_->note_what_was_asked();
    EXPECT_FALSE(std::filesystem::exists(fresh() / "0123456789abcdef"));
    EXPECT_EQ(count_files(fresh()), 1U);
}

TEST_F(SpoolTest, ADirectoryThatVanishesIsTroubleNotACrash) {
    std::filesystem::remove_all(dir_ / "spool");
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return spool_->trouble().has_value(); }));
    EXPECT_FALSE(spool(1, "x"));
}

TEST(SpoolName, IsReadAsItIsWritten) {
    EXPECT_EQ((SpoolName{some_id, {}}.text()), "0123456789abcdef");
    EXPECT_EQ(SpoolName::parse("0123456789abcdef")->id, some_id);
    EXPECT_EQ(SpoolName::parse("0123456789abcdef-17")->asked, WallTime(17s));
    for (const char* text :
         {"", "0123456789abcde", "0123456789abcdeg", "0123456789abcdef-", "0123456789abcdef-x",
          "0123456789abcdef17", "0000000000000000", "../../etc/passwd"})
        EXPECT_FALSE(SpoolName::parse(text)) << text;
}

}  // namespace
}  // namespace enrichd::test

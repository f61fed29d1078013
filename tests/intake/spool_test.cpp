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
        spool_.emplace(io_, work_, enricher_, recent_, options);
        EXPECT_TRUE(spool_->prepare(-1));
    }
    bool spool(std::uint64_t id, const std::string& alert, const Progress& progress = {}) {
        const std::list<Unfinished::Entry> one{{id, alert, Destination::siem, nullptr, progress}};
        return spool_->write(one) == 0;
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
    const Progress asked{{WallTime(1'795'492'550s), 1}, {}};
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
    const Progress asked{{WallTime(1'795'492'550s), 1}, {}};
    ASSERT_TRUE(spool(some_id, alert_for("one.com"), asked));
    EXPECT_TRUE(std::filesystem::exists(fresh() / "0123456789abcdef-1795492550"));
    provider_.silent = true;
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    verdicts_.note_what_was_asked();
    spool_->note_progress();
    EXPECT_TRUE(std::filesystem::exists(fresh() / "0123456789abcdef-1795492550"))
        << "the oldest asking counts";
}

TEST_F(SpoolTest, AQuestionOnTheWireIsNotedInTheNameOfItsFile) {
    provider_.silent = true;
    ASSERT_TRUE(spool(some_id, alert_for("one.com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return provider_.asked_for.size() == 1; }));
    verdicts_.note_what_was_asked();
    spool_->note_progress();
    EXPECT_FALSE(std::filesystem::exists(fresh() / "0123456789abcdef"));
    EXPECT_EQ(count_files(fresh()), 1U);
}

TEST_F(SpoolTest, ADirectoryThatVanishesIsTroubleNotACrash) {
    std::filesystem::remove_all(dir_ / "spool");
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return spool_->trouble().has_value(); }));
    EXPECT_FALSE(spool(1, "x"));
}

TEST_F(SpoolTest, AnAlertOfWhichOnlyOtxIsLeftComesBackAsThat) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    const Progress judged{{}, Suspicion::low_frequency};
    const Alert alert{"17.4", {"001", "pc", ""}, "www.x.com"};
    ASSERT_TRUE(spool(some_id, brief(alert), judged));
    EXPECT_TRUE(std::filesystem::exists(fresh() / "0123456789abcdef-o3"));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 1; }));
    EXPECT_EQ(sink_.events[0].kind, "otx");
    EXPECT_EQ(sink_.events[0].agent.name, "pc");
    EXPECT_TRUE(provider_.asked_for.empty());
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
}

TEST_F(SpoolTest, TheLineOfAnActiveResponseComesBackAsThat) {
    with_otx();
    http_.otherwise = ScriptedHttp::json(otx_body(1));
    write_file(fresh() / "0123456789abcdef-a",
               R"({"command":"add","parameters":{"alert":{"id":"1","data":{"dnsstat":{"query":"x.com"}}}}})");
    write_file(fresh() / "0123456789abcdee-r4", R"({"id":"1","agent":{"id":"001"},"query":"y.com"})");
    write_file(fresh() / "0123456789abcded-a", R"({"command":"delete"})");
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 2; }));
    for (const Event& event : sink_.events) EXPECT_EQ(event.destination, Destination::active_response);
    EXPECT_TRUE(run_until(io_, [&] { return count_files(fresh()) == 0; }));
    EXPECT_EQ(spool_->counts().rejected["other_command"], 1U);
}

TEST_F(SpoolTest, WhatWaitsForOtxTakesNobodysPlaceAndIsNotedWhenAllStops) {
    with_otx();
    http_.silent = true;
    for (std::uint64_t id = 1; id <= 20; ++id)
        ASSERT_TRUE(spool(id, alert_for("n" + std::to_string(id) + ".com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return sink_.events.size() == 20; }))
        << "four places, and all are served";
    EXPECT_EQ(spool_->files(), 20U);
    EXPECT_EQ(count_files(fresh()), 20U);
    reputation_.stop();
    EXPECT_TRUE(run_until(io_, [&] { return spool_->files() == 4; })) << "four are on the wire";
    spool_->note_progress();
    for (std::uint64_t id = 1; id <= 20; ++id)
        EXPECT_TRUE(std::filesystem::exists(
            fresh() / SpoolName{id, Destination::siem, Suspicion::first_contact}.text()));
}

TEST_F(SpoolTest, FreshAlertsComeBeforeThoseThatOnlyWaitForOtx) {
    with_otx();
    const Progress judged{{}, Suspicion::new_domain};
    ASSERT_TRUE(spool(1, brief({"1", {}, "old.com"}), judged));
    ASSERT_TRUE(spool(2, alert_for("fresh.com")));
    watch();
    EXPECT_TRUE(run_until(io_, [&] { return http_.targets.size() >= 2; }));
    EXPECT_EQ(http_.targets[0].find("old.com"), std::string::npos);
}

TEST(SpoolName, IsReadAsItIsWritten) {
    const SpoolName names[] = {{some_id},
                               {some_id, Destination::active_response},
                               {some_id, Destination::siem, {}, WallTime(17s)},
                               {some_id, Destination::siem, Suspicion::new_domain},
                               {some_id, Destination::active_response, Suspicion::none}};
    const char* texts[] = {"0123456789abcdef", "0123456789abcdef-a", "0123456789abcdef-17",
                           "0123456789abcdef-o4", "0123456789abcdef-r0"};
    for (std::size_t i = 0; i < std::size(texts); ++i) {
        EXPECT_EQ(names[i].text(), texts[i]);
        const auto read = SpoolName::parse(texts[i]);
        ASSERT_TRUE(read) << texts[i];
        EXPECT_EQ(read->text(), texts[i]);
    }
    EXPECT_EQ(SpoolName::parse("0123456789abcdef-17")->asked, WallTime(17s));
    for (const char* text :
         {"", "0123456789abcde", "0123456789abcdeg", "0123456789abcdef-", "0123456789abcdef-x",
          "0123456789abcdef17", "0000000000000000", "../../etc/passwd", "0123456789abcdef-o",
          "0123456789abcdef-o5", "0123456789abcdef-o44", "0123456789abcdef-aa", "0123456789abcdefa"})
        EXPECT_FALSE(SpoolName::parse(text)) << text;
}

}  // namespace
}  // namespace enrichd::test

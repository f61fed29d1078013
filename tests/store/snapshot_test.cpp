#include "store/snapshot.hpp"

#include <gtest/gtest.h>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::snapshot_test {
namespace {

using namespace std::chrono_literals;

class SnapshotTest : public testing::Test {
  protected:
    void remember(const std::string& key, std::chrono::seconds good_for,
                  std::string_view provider = "domain_stats") {
        snapshot_.remember({provider, key, "body of " + key, wall_seconds(WallClock::now()) + good_for});
    }
    std::vector<std::string> keys(std::string_view provider = "domain_stats") {
        std::vector<std::string> out;
        for (const auto& one : run(io_, snapshot_.after(provider, "", 100)).value()) out.push_back(one.key);
        return out;
    }

    asio::io_context io_;
    TempDir dir_;
    Database database_{io_, {dir_ / "enrichd.db"}};
    Snapshot snapshot_{database_, 3};
};

TEST_F(SnapshotTest, KnowsEachProvidersVerdictsInPieces) {
    for (const char* key : {"b.com", "a.com", "c.com"}) remember(key, 1h);
    remember("a.com", 2h, "otx");
    EXPECT_EQ(keys(), (std::vector<std::string>{"a.com", "b.com", "c.com"}));
    EXPECT_EQ(keys("otx"), std::vector<std::string>{"a.com"});
    EXPECT_EQ(run(io_, snapshot_.count()).value(), 4U);
    const auto rest = run(io_, snapshot_.after("domain_stats", "a.com", 1)).value();
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].key, "b.com");
    EXPECT_EQ(rest[0].body, "body of b.com");
    EXPECT_LE(rest[0].expires, wall_seconds(WallClock::now()) + 1h);
}

TEST_F(SnapshotTest, NoVerdictIsGoodForLongerThanCanBeConfigured) {
    remember("a.com", 1h);
    remember("b.com", std::chrono::days(300'000));
    const auto all = run(io_, snapshot_.after("domain_stats", "", 100)).value();
    ASSERT_EQ(all.size(), 2U);
    const WallTime now = wall_seconds(WallClock::now());
    constexpr auto ten_years = std::chrono::days(3650);
    EXPECT_LE(all[0].good_for(now, ten_years), 1h);
    EXPECT_GT(all[0].good_for(now, ten_years), 1min);
    EXPECT_EQ(all[0].good_for(now + 2h, ten_years), 0h);
    EXPECT_LE(all[1].good_for(now, ten_years), ten_years) << "nanoseconds cannot count so far";
    EXPECT_GT(all[1].good_for(now, ten_years), ten_years - 1h);
}

TEST_F(SnapshotTest, NoVerdictOutlivesTodaysTimeToLive) {
    const WallTime now = wall_seconds(WallClock::now());
    const auto good_for = [&](std::chrono::seconds since, std::chrono::seconds time_to_live) {
        const RememberedVerdict one{"otx", "x.com", "{}", now + std::chrono::days(400), now - since};
        return one.good_for(now, time_to_live);
    };
    EXPECT_EQ(good_for(2h, 24h), 22h);
    EXPECT_EQ(good_for(2h, 1h), 0h) << "it was lowered";
    EXPECT_EQ(good_for(-std::chrono::days(800), 24h), 0h) << "the clock was years ahead";
    EXPECT_EQ(good_for(-1min, 24h), 24h - 1min) << "a clock that was put right by a minute";
}

TEST_F(SnapshotTest, KeepsWhenAVerdictWasLearntAndForgetsWhatIsOutsideATime) {
    const WallTime now = wall_seconds(WallClock::now());
    for (const auto& [key, learnt] : {std::pair("old.com", now - 48h), std::pair("good.com", now - 1h),
                                      std::pair("future.com", now + 9000h)})
        snapshot_.remember({"otx", key, "{}", now + 9999h, learnt});
    snapshot_.forget_outside("otx", now - 24h, now + 24h);
    const auto left = run(io_, snapshot_.after("otx", "", 100)).value();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].learnt, now - 1h);
}

TEST_F(SnapshotTest, AVerdictWithoutABodyIsNone) {
    snapshot_.remember({"otx", "x.com", "", wall_seconds(WallClock::now()) + 1h});
    EXPECT_TRUE(keys("otx").empty());
}

TEST_F(SnapshotTest, ForgetsWhatHasExpiredAndWhatIsTooMuch) {
    remember("gone.com", 0s);
    for (int i = 1; i <= 5; ++i) remember("x" + std::to_string(i) + ".com", std::chrono::hours(i));
    EXPECT_EQ(keys().size(), 5U);
    run(io_, snapshot_.prune("domain_stats"));
    EXPECT_EQ(keys(), (std::vector<std::string>{"x3.com", "x4.com", "x5.com"}));
}

TEST_F(SnapshotTest, CountsOnceHoweverMuchGoes) {
    for (int i = 0; i < 5'500; ++i) remember("x" + std::to_string(i) + ".com", 1h);
    EXPECT_EQ(run(io_, snapshot_.count()).value(), 5'500U);
    const auto before = database_.counts().works;
    run(io_, snapshot_.prune("domain_stats"));
    EXPECT_EQ(run(io_, snapshot_.count()).value(), 3U);
    EXPECT_LE(database_.counts().works - before, 10U)
        << "a thousand at a time, and one count for each provider";
}

TEST_F(SnapshotTest, ForgetsOneProviderAndNotTheOther) {
    remember("a.com", 1h);
    remember("a.com", 1h, "otx");
    snapshot_.forget("otx");
    EXPECT_TRUE(keys("otx").empty());
    EXPECT_EQ(keys().size(), 1U);
}

TEST_F(SnapshotTest, NotesFacts) {
    EXPECT_FALSE(*run(io_, snapshot_.fact("zone")));
    snapshot_.note_fact("zone", "-18000");
    snapshot_.note_fact("zone", "3600");
    EXPECT_EQ(*run(io_, snapshot_.fact("zone")), "3600");
}

}  // namespace
}  // namespace enrichd::test::snapshot_test

#include "store/snapshot.hpp"

#include <gtest/gtest.h>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test {
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
    EXPECT_LE(all[0].good_for(now), 1h);
    EXPECT_GT(all[0].good_for(now), 1min);
    EXPECT_EQ(all[0].good_for(now + 2h), 0h);
    EXPECT_EQ(all[1].good_for(now), std::chrono::days(3650)) << "nanoseconds cannot count so far";
}

TEST_F(SnapshotTest, ForgetsWhatHasExpiredAndWhatIsTooMuch) {
    remember("gone.com", 0s);
    for (int i = 1; i <= 5; ++i) remember("x" + std::to_string(i) + ".com", std::chrono::hours(i));
    EXPECT_EQ(keys().size(), 5U);
    EXPECT_FALSE(run(io_, snapshot_.prune())) << "no more of it";
    EXPECT_EQ(keys(), (std::vector<std::string>{"x3.com", "x4.com", "x5.com"}));
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
}  // namespace enrichd::test

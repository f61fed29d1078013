#include "pipeline/repeats.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::repeats_test {
namespace {

using namespace std::chrono_literals;
using enum FindingKind;

class RepeatsTest : public testing::Test {
  protected:
    RepeatsTest() { repeats_.configure(24h); }
    static WallTime now() { return wall_seconds(WallClock::now()); }
    bool is_repeat(KindSet findings, Repeats::About about = {"001", "a.com", {}}) {
        return repeats_.is_repeat(about, findings, now());
    }
    std::uint32_t note(KindSet findings, Repeats::About about = {"001", "a.com", {}}) {
        return repeats_.note(about, findings, now());
    }

    SimulatedTime time_;
    Repeats repeats_;
};

TEST_F(RepeatsTest, AreTheSameFindingsOnTheSameAgentAndDomain) {
    EXPECT_FALSE(is_repeat({first_contact}));
    note({first_contact, low_frequency});
    EXPECT_TRUE(is_repeat({low_frequency}));
    EXPECT_FALSE(is_repeat({low_frequency, new_domain})) << "one of them is new";
    EXPECT_FALSE(is_repeat({low_frequency}, {"002", "a.com", {}}));
    EXPECT_FALSE(is_repeat({low_frequency}, {"001", "b.com", {}}));
    EXPECT_FALSE(is_repeat({low_frequency}, {"001", "a.com", "another list"}));
}

TEST_F(RepeatsTest, AreCountedForTheNextEvent) {
    note({low_frequency});
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(is_repeat({low_frequency}));
    time_.advance(25h);
    EXPECT_FALSE(is_repeat({low_frequency}));
    EXPECT_EQ(note({low_frequency}), 3U);
    EXPECT_EQ(note({low_frequency}), 0U);
}

TEST_F(RepeatsTest, AnEventThatWasNotReportedAfterAllIsNone) {
    note({low_frequency});
    repeats_.take_back({"001", "a.com", {}}, {low_frequency});
    EXPECT_FALSE(is_repeat({low_frequency}));
}

TEST_F(RepeatsTest, ZeroMakesNothingARepeat) {
    repeats_.configure(0ms);
    note({low_frequency});
    EXPECT_FALSE(is_repeat({low_frequency}));
    EXPECT_EQ(repeats_.size(), 0U);
}

TEST_F(RepeatsTest, WithoutRoomAnEventIsReportedAgain) {
    for (std::size_t i = 0; i <= Repeats::most; ++i) note({list}, {"001", std::to_string(i), {}});
    EXPECT_LE(repeats_.size(), Repeats::most);
    EXPECT_FALSE(is_repeat({list}, {"001", "0", {}}));
    EXPECT_TRUE(is_repeat({list}, {"001", std::to_string(Repeats::most), {}}));
}

TEST_F(RepeatsTest, AreKnownAfterARestart) {
    const TempDir dir;
    {
        asio::io_context io;
        Database database(io, {dir / "enrichd.db"});
        Snapshot snapshot(database, 1'000);
        repeats_.remember_in(snapshot);
        note({low_frequency});
        EXPECT_TRUE(is_repeat({low_frequency}));
        repeats_.write_all_changes();
        database.close();
    }
    asio::io_context io;
    Database database(io, {dir / "enrichd.db"});
    Snapshot snapshot(database, 1'000);
    Repeats later;
    later.configure(24h);
    later.remember_in(snapshot);
    ASSERT_FALSE(run(io, later.restore()));
    EXPECT_TRUE(later.is_repeat({"001", "a.com", {}}, {low_frequency}, now()));
    EXPECT_FALSE(later.is_repeat({"001", "a.com", {}}, {first_contact}, now()));
    EXPECT_EQ(later.note({"001", "a.com", {}}, {low_frequency}, now()), 2U) << "the count too";
}

}  // namespace
}  // namespace enrichd::test::repeats_test

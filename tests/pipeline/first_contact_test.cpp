#include "pipeline/first_contact.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::first_contact_test {
namespace {

using namespace std::chrono_literals;

constexpr WallTime noon{1'795'521'600s};

TEST(LostFirstContact, IsOneThatAnEarlierTryOfOursCaused) {
    const Asked twice{noon, 2};
    EXPECT_TRUE(first_contact_was_lost(twice, 5s, noon + 5s));
    EXPECT_TRUE(first_contact_was_lost(twice, 0s, noon + 5s)) << "the server took its time";
    EXPECT_TRUE(first_contact_was_lost(twice, 6s, noon + 5s)) << "both sides round";
    EXPECT_FALSE(first_contact_was_lost(twice, 8s, noon + 5s)) << "seen before we ever asked";
    EXPECT_FALSE(first_contact_was_lost(twice, 24h, noon + 5s));
}

TEST(LostFirstContact, IsNeverClaimedForAFirstTry) {
    EXPECT_FALSE(first_contact_was_lost({noon, 1}, 0s, noon));
    EXPECT_FALSE(first_contact_was_lost({}, 0s, noon));
}

/// Found by a simulation on 2026-11-29: a clock that is set back hid a first contact.
TEST(LostFirstContact, IsFoundThoughTheClockWasSetMeanwhile) {
    for (const auto step : {-1h, 1h}) {
        SimulatedTime time(WallClock::time_point(noon.time_since_epoch()));
        Asked asked;
        asked.note(wall_seconds(WallClock::now()));
        time.advance(5s);
        time.step_wall(step);
        asked.note(wall_seconds(WallClock::now()));
        const WallTime now = wall_seconds(WallClock::now());
        EXPECT_TRUE(first_contact_was_lost(asked, 5s, now));
        EXPECT_FALSE(first_contact_was_lost(asked, 8s, now)) << "seen before we ever asked";
    }
}

TEST(LostFirstContact, OfAnEarlierRunIsFoundThoughTheClockIsSetInThisOne) {
    SimulatedTime time(WallClock::time_point(noon.time_since_epoch()) + 5s);
    Asked asked = Asked::in_earlier_run(noon);
    time.step_wall(-1h);
    asked.note(wall_seconds(WallClock::now()));
    EXPECT_TRUE(first_contact_was_lost(asked, 5s, wall_seconds(WallClock::now())));
    EXPECT_FALSE(first_contact_was_lost(asked, 8s, wall_seconds(WallClock::now())));
}

TEST(ServerZone, IsUtcUntilAFirstContactTeachesIt) {
    ServerZone zone;
    EXPECT_EQ(zone.age(noon - 30s, noon), 30s);
    zone.learn(noon + 10h, noon);
    EXPECT_EQ(zone.age(noon + 10h - 30s, noon), 30s);
    EXPECT_EQ(zone.age(noon, noon), 10h);
}

TEST(ServerZone, LearnsQuartersOfAnHourWhateverALookUpTook) {
    for (const auto offset : {-12h + 0min, -3h - 30min, 0h + 0min, 5h + 45min, 14h + 0min}) {
        ServerZone zone;
        zone.learn(noon + offset - 20s, noon);
        EXPECT_EQ(zone.age(noon + offset - 90s, noon), 90s) << offset.count();
    }
}

TEST(ServerZone, AnOffsetOfAnEarlierRunThatNoClockCanHaveIsNotTaken) {
    ServerZone zone;
    zone.set_offset(10h);
    for (const auto odd : {std::chrono::seconds::max(), std::chrono::seconds::min()}) {
        zone.set_offset(odd);
        EXPECT_EQ(zone.offset(), 10h);
    }
}

TEST(ServerZone, TakesATimeInTheFutureForAZoneToTheEast) {
    EXPECT_EQ(ServerZone().age(noon + 10h - 3s, noon), 3s);
    EXPECT_EQ(ServerZone().age(noon + 2h - 50min, noon), 50min);
    EXPECT_EQ(ServerZone().age(noon + 1s, noon), -1s) << "rounding is no zone";
}

}  // namespace
}  // namespace enrichd::test::first_contact_test

#include "base/clock.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <vector>

#include "base/random.hpp"
#include "net/tasks.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;

const WallClock::time_point noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 12h;

TEST(SimulatedTime, StandsStillUntilItIsAdvanced) {
    SimulatedTime time(noon);
    const Clock::time_point start = Clock::now();
    EXPECT_EQ(Clock::now(), start);
    EXPECT_EQ(WallClock::now(), noon);
    time.advance(90min);
    EXPECT_EQ(Clock::now() - start, 90min);
    EXPECT_EQ(WallClock::now(), noon + 90min);
}

TEST(SimulatedTime, IsTheMachinesAgainWhenItEnds) {
    { const SimulatedTime time(noon - 24h * 365); }
    EXPECT_GT(WallClock::now(), noon);
    const Clock::time_point start = Clock::now();
    while (Clock::now() == start) {
    }
}

TEST(SimulatedTime, LetsCoroutinesSleepForADayInNoTime) {
    SimulatedTime time(noon);
    asio::io_context io;
    std::vector<Clock::duration> woken;
    const Clock::time_point start = Clock::now();
    const auto sleeper = [&](Clock::duration pause, int times) -> task<void> {
        for (int i = 0; i < times; ++i) {
            co_await sleep_until(Clock::now() + pause);
            woken.push_back(Clock::now() - start);
        }
    };
    asio::co_spawn(io, sleeper(7h, 3), asio::detached);
    asio::co_spawn(io, sleeper(10h, 2), asio::detached);
    while (!io.stopped()) {
        io.poll();
        if (!io.stopped()) time.advance(time.until_first_timer());
    }
    const std::vector<Clock::duration> expected{7h, 10h, 14h, 20h, 21h};
    EXPECT_EQ(woken, expected);
}

TEST(Random, FollowsFromOneSeedWhenATestGivesIt) {
    const auto drawn = [](std::uint64_t seed) {
        const SeededChance chance(seed);
        Random first = random_generator();
        Random second = random_generator();
        return std::vector<Random::result_type>{first(), second(), first()};
    };
    EXPECT_EQ(drawn(7), drawn(7));
    EXPECT_NE(drawn(7), drawn(8));
}

}  // namespace
}  // namespace enrichd

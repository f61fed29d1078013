#include "net/tasks.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>

#include "support/run.hpp"

namespace enrichd::test::tasks_test {
namespace {

using namespace std::chrono_literals;

task<void> sleeper(bool& woken) {
    woken = co_await sleep_until(Clock::now() + 1h);
}
task<void> thrower() {
    co_await sleep_until(Clock::now());
    throw std::runtime_error("boom");
}

TEST(Tasks, AreCancelledAndWaitedFor) {
    asio::io_context io;
    Tasks tasks(io);
    bool slept = true;
    tasks.spawn("sleeper", sleeper(slept));
    EXPECT_FALSE(run(io, tasks.drained(Clock::now() + 10ms))) << "it sleeps on";
    tasks.cancel();
    EXPECT_TRUE(run(io, tasks.drained(Clock::now() + 5s)));
    EXPECT_FALSE(slept);
    EXPECT_EQ(tasks.failures(), 0U);
}

TEST(Tasks, AnExceptionIsLoggedCountedAndTold) {
    asio::io_context io;
    Tasks tasks(io);
    int told = 0;
    tasks.on_failure([&] { ++told; });
    testing::internal::CaptureStderr();
    tasks.spawn("thrower", thrower());
    EXPECT_TRUE(run(io, tasks.drained(Clock::now() + 5s)));
    EXPECT_NE(testing::internal::GetCapturedStderr().find("task=thrower what=boom"), std::string::npos);
    EXPECT_EQ(tasks.failures(), 1U);
    EXPECT_EQ(told, 1);
}

task<void> sleep_and_note(Clock::time_point due, std::optional<bool>& slept) {
    const bool all_of_it = co_await sleep_until(due);
    slept = all_of_it;
}

TEST(Tasks, ASleepThatIsCancelledWhenItsTimeHasComeIsCancelledAllTheSame) {
    SimulatedTime time;
    asio::io_context io;
    Tasks tasks(io);
    std::optional<bool> slept;
    const Clock::time_point due = Clock::now() + 2s;
    tasks.spawn("sleeper", sleep_and_note(due, slept));
    Timer before(io, Clock::now() + 1s);
    before.async_wait([&](const boost::system::error_code&) { tasks.cancel(); });
    io.poll();
    time.advance(3s);  // both have come, and the sleeper goes on after the cancel
    io.poll();
    ASSERT_TRUE(slept);
    EXPECT_FALSE(*slept);
}

}  // namespace
}  // namespace enrichd::test::tasks_test

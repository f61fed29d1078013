#include "net/semaphore.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "net/tasks.hpp"
#include "support/run.hpp"

namespace enrichd::test::semaphore_test {
namespace {

using namespace std::chrono_literals;

task<void> take_and_note(Semaphore& semaphore, std::vector<int>& order, int number) {
    auto turn = co_await semaphore.take();
    if (!turn) co_return;
    order.push_back(number);
    co_await sleep_until(Clock::now() + 1ms);
}

TEST(Semaphore, AreGivenInOrderOfArrival) {
    asio::io_context io;
    Semaphore semaphore(io, 1);
    Tasks tasks(io);
    std::vector<int> order;
    for (int i = 0; i < 5; ++i) tasks.spawn("taker", take_and_note(semaphore, order, i));
    EXPECT_TRUE(run(io, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(semaphore.in_use(), 0U);
}

TEST(Semaphore, WhoIsCancelledWhileWaitingLeavesTheLine) {
    asio::io_context io;
    Semaphore semaphore(io, 0);
    Tasks tasks(io);
    std::vector<int> order;
    tasks.spawn("taker", take_and_note(semaphore, order, 1));
    io.poll();
    EXPECT_EQ(semaphore.waiting(), 1U);
    tasks.cancel();
    EXPECT_TRUE(run(io, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(semaphore.waiting(), 0U);
    EXPECT_EQ(semaphore.in_use(), 0U);
    EXPECT_TRUE(order.empty());
}

TEST(Semaphore, MoreOfThemLetWaitersIn) {
    asio::io_context io;
    Semaphore semaphore(io, 0);
    Tasks tasks(io);
    std::vector<int> order;
    for (int i = 0; i < 3; ++i) tasks.spawn("taker", take_and_note(semaphore, order, i));
    io.poll();
    EXPECT_TRUE(order.empty());
    semaphore.resize(2);
    EXPECT_TRUE(run(io, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(order.size(), 3U);
}

}  // namespace
}  // namespace enrichd::test::semaphore_test

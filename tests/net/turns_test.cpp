#include "net/turns.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "net/tasks.hpp"
#include "support/run.hpp"

namespace enrichd::test::turns_test {
namespace {

using namespace std::chrono_literals;

task<void> take_and_note(Turns& turns, std::vector<int>& order, int number) {
    auto turn = co_await turns.take();
    if (!turn) co_return;
    order.push_back(number);
    co_await sleep_until(Clock::now() + 1ms);
}

TEST(Turns, AreGivenInOrderOfArrival) {
    asio::io_context io;
    Turns turns(io, 1);
    Tasks tasks(io);
    std::vector<int> order;
    for (int i = 0; i < 5; ++i) tasks.spawn("taker", take_and_note(turns, order, i));
    EXPECT_TRUE(run(io, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
    EXPECT_EQ(turns.in_use(), 0U);
}

TEST(Turns, WhoIsCancelledWhileWaitingLeavesTheLine) {
    asio::io_context io;
    Turns turns(io, 0);
    Tasks tasks(io);
    std::vector<int> order;
    tasks.spawn("taker", take_and_note(turns, order, 1));
    io.poll();
    EXPECT_EQ(turns.waiting(), 1U);
    tasks.cancel();
    EXPECT_TRUE(run(io, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(turns.waiting(), 0U);
    EXPECT_EQ(turns.in_use(), 0U);
    EXPECT_TRUE(order.empty());
}

TEST(Turns, MoreOfThemLetWaitersIn) {
    asio::io_context io;
    Turns turns(io, 0);
    Tasks tasks(io);
    std::vector<int> order;
    for (int i = 0; i < 3; ++i) tasks.spawn("taker", take_and_note(turns, order, i));
    io.poll();
    EXPECT_TRUE(order.empty());
    turns.resize(2);
    EXPECT_TRUE(run(io, tasks.drained(Clock::now() + 5s)));
    EXPECT_EQ(order.size(), 3U);
}

}  // namespace
}  // namespace enrichd::test::turns_test

#include "base/blocking_calls.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <semaphore>
#include <string>

#include "support/run.hpp"
#include "support/wait.hpp"

namespace enrichd::test::blocking_calls_test {
namespace {

using namespace std::chrono_literals;

std::ptrdiff_t threads_of_this_process() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

TEST(BlockingCalls, GiveTheAnswerToWhoWaitsForItAndLeaveTheLoopToOthers) {
    asio::io_context io;
    BlockingCalls calls(io);
    std::binary_semaphore go(0);
    bool others = false;
    asio::post(io, [&] {
        others = true;
        go.release();
    });
    auto work = [&go] {
        go.acquire();
        return std::string("done");
    };
    EXPECT_EQ(run(io, calls.run(work)).value(), "done");
    EXPECT_TRUE(others);
}

TEST(BlockingCalls, HandOnAResultAsItIs) {
    asio::io_context io;
    BlockingCalls calls(io);
    EXPECT_EQ(run(io, calls.run([] { return result<int>(errc::no_domains); })).error(), errc::no_domains);
    EXPECT_EQ(run(io, calls.run([] { return result<int>(7); })).value(), 7);
}

TEST(BlockingCalls, WhatHangsIsWaitedForNoLongerThanTheLimitAndMayEndLater) {
    const auto threads = threads_of_this_process();
    auto go = std::make_shared<std::binary_semaphore>(0);
    auto ended = std::make_shared<std::atomic<bool>>(false);
    {
        asio::io_context io;
        BlockingCalls calls(io);
        auto work = [go, ended] {
            go->acquire();
            *ended = true;
            return 1;
        };
        EXPECT_EQ(run(io, calls.run(work, Clock::now() + 10ms)).error(), errc::deadline);
    }
    go->release();
    EXPECT_TRUE(eventually([&] { return ended->load(); })) << "without a loop";
    // 2026-11-29: the thread destroyed a timer of the loop that was gone. A sanitizer sees that only when the
    // thread has ended.
    EXPECT_TRUE(eventually([&] { return threads_of_this_process() <= threads; }));
}

}  // namespace
}  // namespace enrichd::test::blocking_calls_test

#include "base/worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace enrichd {
namespace {

using namespace std::chrono_literals;

TEST(ThreadWorker, DoesItsJobAtTheStartWhenItIsWokenAndWhenItsTimeHasCome) {
    std::atomic<int> times = 0;
    std::promise<void> first;
    ThreadWorker worker([&]() -> Worker::Next {
        if (++times == 1) {
            first.set_value();
            return {};
        }
        if (times < 4) return Worker::Next{Clock::now() + 1ms};
        return {.at = {}, .ended = true, .then = {}};
    });
    first.get_future().wait();
    worker.wake();
    EXPECT_TRUE(worker.join(std::nullopt));
    EXPECT_EQ(times, 4);
}

TEST(ThreadWorker, IsNotAtItsEndWhileItsJobIsBusy) {
    std::promise<void> goes_on;
    std::promise<void> begun;
    ThreadWorker worker([&]() -> Worker::Next {
        begun.set_value();
        goes_on.get_future().wait();
        return {.at = {}, .ended = true, .then = {}};
    });
    begun.get_future().wait();
    EXPECT_FALSE(worker.join(1ms));
    EXPECT_GT(worker.busy_for(), 0ms);
    goes_on.set_value();
    EXPECT_TRUE(worker.join(std::nullopt));
    EXPECT_EQ(worker.busy_for(), 0ms);
}

TEST(ThreadWorker, LosesNoWakeThatComesDuringTheJob) {
    std::atomic<int> times = 0;
    std::promise<void> begun;
    std::promise<void> goes_on;
    ThreadWorker worker([&]() -> Worker::Next {
        if (++times == 2) return {.at = {}, .ended = true, .then = {}};
        begun.set_value();
        goes_on.get_future().wait();
        return {};
    });
    begun.get_future().wait();
    worker.wake();
    goes_on.set_value();
    EXPECT_TRUE(worker.join(std::nullopt));
    EXPECT_EQ(times, 2);
}

TEST(ThreadWorker, IsNotBusyAnyMoreWhenItReports) {
    std::promise<Clock::duration> busy;
    std::promise<const Worker*> made;
    auto self = made.get_future();
    ThreadWorker worker([&]() -> Worker::Next {
        const Worker* const it = self.get();
        return {.at = {}, .ended = true, .then = [&busy, it] { busy.set_value(it->busy_for()); }};
    });
    made.set_value(&worker);
    EXPECT_EQ(busy.get_future().get(), 0ms);
    EXPECT_TRUE(worker.join(std::nullopt));
}

}  // namespace
}  // namespace enrichd

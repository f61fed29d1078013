#include "store/work_queue.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace enrichd {
namespace {

/// Works that note their number when they run.
class WorkQueueTest : public testing::Test {
  protected:
    WorkItem item(int number) {
        return {[this, number](StateFile&) { ran_.push_back(number); }, nullptr};
    }
    std::vector<int> run(const WorkItems& items) {
        StateFile file;
        ran_.clear();
        for (const WorkItem& one : items) one.work(file);
        return ran_;
    }

    WorkQueue queue_;
    std::vector<int> ran_;
};

TEST_F(WorkQueueTest, GivesAGroupInTheOrderInWhichItWasAdded) {
    for (int i = 0; i < 5; ++i) queue_.add(item(i));
    auto first = queue_.take(3);
    EXPECT_FALSE(first.closing);
    EXPECT_EQ(run(first.items), (std::vector{0, 1, 2}));
    EXPECT_EQ(run(queue_.take(3).items), (std::vector{3, 4}));
    EXPECT_TRUE(queue_.take(3).items.empty());
}

TEST_F(WorkQueueTest, WhatIsPutBackComesBeforeAllOthersInItsOrder) {
    for (int i = 0; i < 4; ++i) queue_.add(item(i));
    auto taken = queue_.take(2);
    queue_.add(item(4));
    queue_.put_back(std::move(taken.items));
    EXPECT_EQ(run(queue_.take(10).items), (std::vector{0, 1, 2, 3, 4}));
}

TEST_F(WorkQueueTest, GivesAllWhenItIsClosed) {
    for (int i = 0; i < 5; ++i) queue_.add(item(i));
    queue_.close();
    const auto all = queue_.take(2);
    EXPECT_TRUE(all.closing);
    EXPECT_EQ(all.items.size(), 5U);
}

}  // namespace
}  // namespace enrichd

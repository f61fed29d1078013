// Which question is asked next, and when; the time is the test's.
#include "asking/paced_queue.hpp"

#include <gtest/gtest.h>

#include <list>
#include <set>
#include <string>
#include <vector>

namespace enrichd::test::paced_queue_test {
namespace {

using namespace std::chrono_literals;

class PacedQueueTest : public testing::Test, private PacedQueue::Asker {
  protected:
    void add(const std::string& key, Suspicion suspicion = Suspicion::new_domain) {
        queue_.order().add(queue_.order().next_position(suspicion), key);
        queue_.begin_due();
    }
    void pass(Clock::duration passed) {
        time_.advance(passed);
        io_.restart();
        io_.poll();
    }
    void end_first() { in_flight_.pop_front(); }
    void TearDown() override {
        queue_.stop();
        in_flight_.clear();
    }

    std::vector<std::string> asked_;
    std::set<std::string> failed_;
    std::set<std::string> closed_;
    bool at_once_ = false;  // a question ends before begin() returns

  private:
    std::optional<bool> prepare(const std::string& key) override {
        if (closed_.contains(key)) return std::nullopt;
        return failed_.contains(key);
    }
    void begin(std::string key) override {
        in_flight_.emplace_back(queue_, failed_.contains(key));
        asked_.push_back(std::move(key));
        if (at_once_) in_flight_.pop_back();
    }

  protected:
    SimulatedTime time_;
    asio::io_context io_;
    PacedQueue queue_{io_, *this, 3600, 4, {}};
    std::list<PacedQueue::InFlight> in_flight_;
};

TEST_F(PacedQueueTest, AsksAtMostItsNumberAtOnceAndTheNextWhenOneEnds) {
    for (int i = 0; i < 6; ++i) add(std::to_string(i));
    EXPECT_EQ(asked_, (std::vector<std::string>{"0", "1", "2", "3"}));
    end_first();
    EXPECT_EQ(asked_.back(), "4");
}

TEST_F(PacedQueueTest, QuestionsThatFailedTakeHalfOfTheConnections) {
    failed_ = {"a", "b", "c"};
    for (const char* key : {"a", "b"}) add(key);
    EXPECT_EQ(asked_.size(), 2U);
    queue_.order().add(queue_.order().next_position(Suspicion::new_domain), "c", Clock::now());
    queue_.begin_due();
    EXPECT_EQ(asked_.size(), 2U) << "the third has to wait";
    add("fresh");
    EXPECT_EQ(asked_.back(), "fresh");
    end_first();
    EXPECT_EQ(asked_.back(), "c");
}

TEST_F(PacedQueueTest, AQuestionThatEndsAtOnceBreaksNothing) {
    at_once_ = true;
    for (int i = 0; i < 100; ++i) add(std::to_string(i));
    EXPECT_EQ(asked_.size(), 100U);
    EXPECT_TRUE(in_flight_.empty());
}

TEST_F(PacedQueueTest, WhatTheHourDoesNotAllowIsAskedWhenItDoes) {
    at_once_ = true;
    for (int i = 0; i < 400; ++i) add(std::to_string(i));
    EXPECT_EQ(asked_.size(), 360U) << "a tenth of the hour at once";
    pass(1s);
    EXPECT_EQ(asked_.size(), 360U);
    for (int i = 0; i < 60; ++i) pass(2s);
    EXPECT_EQ(asked_.size(), 400U) << "nobody had to call";
    EXPECT_EQ(queue_.quota_left() > 0, true);
}

TEST_F(PacedQueueTest, AClosedQuestionCostsNoQuota) {
    closed_ = {"gone"};
    add("gone");
    EXPECT_TRUE(asked_.empty());
    EXPECT_EQ(queue_.quota_left(), 360U);
}

TEST_F(PacedQueueTest, WhilePausedOneQuestionNowAndThenFindsOut) {
    queue_.cooldown().failed({errc::rate_limited, "x.com"}, queue_.cooldown().begin(), Clock::now());
    for (int i = 0; i < 3; ++i) add(std::to_string(i));
    EXPECT_TRUE(asked_.empty());
    pass(2min);
    EXPECT_EQ(asked_.size(), 1U);
    pass(2min);
    EXPECT_EQ(asked_.size(), 1U) << "while it is in flight no other is asked";
}

TEST_F(PacedQueueTest, BeginsNothingWhileAnOperatorPausesIt) {
    queue_.pause(true);
    add("a");
    pass(1h);
    EXPECT_TRUE(asked_.empty());
    queue_.pause(false);
    EXPECT_EQ(asked_, (std::vector<std::string>{"a"}));
}

TEST_F(PacedQueueTest, BeginsNothingAfterItWasStopped) {
    queue_.stop();
    add("x");
    pass(1h);
    EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace enrichd::test::paced_queue_test

#include "asking/priority_queue.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::line_test {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point start{};

void add(PriorityQueue& queue, const char* name, Suspicion suspicion, Clock::time_point not_before = start) {
    queue.add(queue.next_position(suspicion), name, not_before);
}

TEST(PriorityQueue, ServesTheMostSuspiciousFirstAndAmongEqualsWhoCameFirst) {
    PriorityQueue queue;
    add(queue, "a", Suspicion::first_contact);
    add(queue, "b", Suspicion::new_domain);
    add(queue, "c", Suspicion::low_frequency);
    add(queue, "d", Suspicion::new_domain);
    std::string served;
    while (const auto next = queue.take(start)) served += *next;
    EXPECT_EQ(served, "bdca");
}

TEST(PriorityQueue, WhoMustWaitIsPassedAndComesBackToItsPlace) {
    PriorityQueue queue;
    const PriorityQueue::Position first = queue.next_position(Suspicion::new_domain);
    queue.add(first, "failed", start + 10s);
    add(queue, "b", Suspicion::new_domain);
    add(queue, "c", Suspicion::new_domain);
    EXPECT_EQ(queue.take(start), "b");
    EXPECT_EQ(queue.take(start + 10s), "failed");
    EXPECT_EQ(queue.take(start + 10s), "c");
    EXPECT_EQ(queue.take(start + 10s), std::nullopt);
}

TEST(PriorityQueue, KnowsWhenSomebodyIsReady) {
    PriorityQueue queue;
    EXPECT_EQ(queue.next(start), std::nullopt);
    add(queue, "later", Suspicion::new_domain, start + 10s);
    EXPECT_EQ(queue.next(start), start + 10s);
    add(queue, "now", Suspicion::none);
    EXPECT_EQ(queue.next(start), start);
}

TEST(PriorityQueue, WhoBecomesMoreSuspiciousMovesForward) {
    PriorityQueue queue;
    add(queue, "a", Suspicion::low_frequency);
    const PriorityQueue::Position back = queue.next_position(Suspicion::first_contact);
    queue.add(back, "b", start);
    EXPECT_EQ(queue.next(start), start);
    queue.move(back, {Suspicion::new_domain, back.arrival});
    queue.move({Suspicion::none, 77}, back);  // nobody there
    EXPECT_EQ(queue.take(start), "b");
}

TEST(PriorityQueue, WhoMustWaitCanMoveForwardTooAndBeMovedAgain) {
    PriorityQueue queue;
    const PriorityQueue::Position back = queue.next_position(Suspicion::first_contact);
    const PriorityQueue::Position middle{Suspicion::low_frequency, back.arrival};
    add(queue, "a", Suspicion::low_frequency);
    queue.add(back, "failed", start + 10s);
    queue.move(back, middle);
    queue.move(middle, {Suspicion::new_domain, back.arrival});
    EXPECT_EQ(queue.take(start + 10s), "failed");
}

TEST(PriorityQueue, WhoIsSentBackIsServedWhenNobodyElseIsReadyOrAfterARecall) {
    PriorityQueue queue;
    const PriorityQueue::Position first = queue.next_position(Suspicion::new_domain);
    queue.send_back(first, "poison");
    add(queue, "a", Suspicion::first_contact);
    EXPECT_EQ(queue.size(), 2U);
    EXPECT_EQ(queue.take(start), "a");
    EXPECT_EQ(queue.next(start), start);
    EXPECT_EQ(queue.take(start), "poison");
    queue.send_back(first, "poison");
    add(queue, "b", Suspicion::first_contact);
    queue.recall();
    EXPECT_EQ(queue.take(start), "poison") << "in its old place";
}

TEST(PriorityQueue, NamesThatFailedComeAfterThoseThatWereNeverTried) {
    PriorityQueue queue;
    const PriorityQueue::Position first = queue.next_position(Suspicion::new_domain);
    queue.add(first, "failed", start + 10s);
    queue.add(queue.next_position(Suspicion::none), "fresh");
    EXPECT_EQ(queue.take(start + 10s), "fresh");
    EXPECT_EQ(queue.take(start + 10s, PriorityQueue::Which::without_failed), std::nullopt);
    EXPECT_EQ(queue.next(start + 10s, PriorityQueue::Which::without_failed), std::nullopt);
    EXPECT_EQ(queue.take(start + 10s), "failed");
}

TEST(PriorityQueue, WhatIsRequestedComesFirstAndGivesWayLast) {
    PriorityQueue queue;
    queue.add(queue.next_position(Suspicion::new_domain), "new");
    queue.add(queue.next_position(Suspicion::requested), "requested");
    queue.add(queue.next_position(Suspicion::first_contact), "contact");
    EXPECT_EQ(queue.drop_last(start), "contact");
    EXPECT_EQ(queue.drop_last(start), "new");
    queue.add(queue.next_position(Suspicion::new_domain), "new");
    EXPECT_EQ(queue.take_newest(start), "requested");
    EXPECT_EQ(queue.take(start), "new");
}

TEST(PriorityQueue, ATryThatFindsOutTakesTheNewestName) {
    PriorityQueue queue;
    for (const char* name : {"a", "b", "c"}) queue.add(queue.next_position(Suspicion::new_domain), name);
    EXPECT_EQ(queue.take_newest(start), "c");
    EXPECT_EQ(queue.take(start), "a");
}

TEST(PriorityQueue, WhoIsRemovedIsNowhere) {
    PriorityQueue queue;
    const PriorityQueue::Position ready = queue.next_position(Suspicion::none);
    const PriorityQueue::Position later = queue.next_position(Suspicion::none);
    queue.add(ready, "ready");
    queue.add(later, "later", start + 10s);
    queue.remove(ready);
    queue.remove(later);
    EXPECT_EQ(queue.size(), 0U);
}

TEST(PriorityQueue, DroppingSomebodyRecallsNobody) {
    PriorityQueue queue;
    queue.send_back(queue.next_position(Suspicion::new_domain), "poison");
    add(queue, "a", Suspicion::first_contact);
    add(queue, "b", Suspicion::first_contact);
    EXPECT_EQ(queue.drop_last(start), "b");
    EXPECT_EQ(queue.take(start), "a") << "not the one that was sent back";
    queue.send_back(queue.next_position(Suspicion::none), "least");
    EXPECT_EQ(queue.drop_last(start), "least");
}

TEST(PriorityQueue, DropsTheLeastSuspiciousThatCameLast) {
    PriorityQueue queue;
    add(queue, "a", Suspicion::first_contact);
    add(queue, "b", Suspicion::first_contact);
    add(queue, "c", Suspicion::new_domain);
    add(queue, "failed", Suspicion::none, start + 1h);
    EXPECT_EQ(queue.size(), 4U);
    EXPECT_EQ(queue.drop_last(start), "b");
    EXPECT_EQ(queue.drop_last(start), "a");
    EXPECT_EQ(queue.drop_last(start), "c");
    EXPECT_EQ(queue.drop_last(start), "failed");
    EXPECT_EQ(queue.drop_last(start), std::nullopt);
}

}  // namespace
}  // namespace enrichd::test::line_test

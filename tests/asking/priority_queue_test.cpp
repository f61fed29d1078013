#include "asking/priority_queue.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::line_test {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point start{};

void add(Line& line, const char* name, Suspicion suspicion, Clock::time_point not_before = start) {
    line.add(line.next_place(suspicion), name, not_before);
}

TEST(Line, ServesTheMostSuspiciousFirstAndAmongEqualsWhoCameFirst) {
    Line line;
    add(line, "a", Suspicion::first_contact);
    add(line, "b", Suspicion::new_domain);
    add(line, "c", Suspicion::low_frequency);
    add(line, "d", Suspicion::new_domain);
    std::string order;
    while (const auto next = line.take(start)) order += *next;
    EXPECT_EQ(order, "bdca");
}

TEST(Line, WhoMustWaitIsPassedAndComesBackToItsPlace) {
    Line line;
    const Line::Place first = line.next_place(Suspicion::new_domain);
    line.add(first, "failed", start + 10s);
    add(line, "b", Suspicion::new_domain);
    add(line, "c", Suspicion::new_domain);
    EXPECT_EQ(line.take(start), "b");
    EXPECT_EQ(line.take(start + 10s), "failed");
    EXPECT_EQ(line.take(start + 10s), "c");
    EXPECT_EQ(line.take(start + 10s), std::nullopt);
}

TEST(Line, KnowsWhenSomebodyIsReady) {
    Line line;
    EXPECT_EQ(line.next(start), std::nullopt);
    add(line, "later", Suspicion::new_domain, start + 10s);
    EXPECT_EQ(line.next(start), start + 10s);
    add(line, "now", Suspicion::none);
    EXPECT_EQ(line.next(start), start);
}

TEST(Line, WhoBecomesMoreSuspiciousMovesForward) {
    Line line;
    add(line, "a", Suspicion::low_frequency);
    const Line::Place back = line.next_place(Suspicion::first_contact);
    line.add(back, "b", start);
    EXPECT_EQ(line.next(start), start);
    line.move(back, {Suspicion::new_domain, back.arrival});
    line.move({Suspicion::none, 77}, back);  // nobody there
    EXPECT_EQ(line.take(start), "b");
}

TEST(Line, WhoMustWaitCanMoveForwardTooAndBeMovedAgain) {
    Line line;
    const Line::Place back = line.next_place(Suspicion::first_contact);
    const Line::Place middle{Suspicion::low_frequency, back.arrival};
    add(line, "a", Suspicion::low_frequency);
    line.add(back, "failed", start + 10s);
    line.move(back, middle);
    line.move(middle, {Suspicion::new_domain, back.arrival});
    EXPECT_EQ(line.take(start + 10s), "failed");
}

TEST(Line, WhoIsSentBackIsServedWhenNobodyElseIsReadyOrAfterARecall) {
    Line line;
    const Line::Place first = line.next_place(Suspicion::new_domain);
    line.send_back(first, "poison");
    add(line, "a", Suspicion::first_contact);
    EXPECT_EQ(line.size(), 2U);
    EXPECT_EQ(line.take(start), "a");
    EXPECT_EQ(line.next(start), start);
    EXPECT_EQ(line.take(start), "poison");
    line.send_back(first, "poison");
    add(line, "b", Suspicion::first_contact);
    line.recall();
    EXPECT_EQ(line.take(start), "poison") << "in its old place";
}

TEST(Line, NamesThatFailedComeAfterThoseThatWereNeverTried) {
    Line line;
    const Line::Place first = line.next_place(Suspicion::new_domain);
    line.add(first, "failed", start + 10s);
    line.add(line.next_place(Suspicion::none), "fresh");
    EXPECT_EQ(line.take(start + 10s), "fresh");
    EXPECT_EQ(line.take(start + 10s, Line::Which::without_failed), std::nullopt);
    EXPECT_EQ(line.next(start + 10s, Line::Which::without_failed), std::nullopt);
    EXPECT_EQ(line.take(start + 10s), "failed");
}

TEST(Line, WhatIsRequestedComesFirstAndGivesWayLast) {
    Line line;
    line.add(line.next_place(Suspicion::new_domain), "new");
    line.add(line.next_place(Suspicion::requested), "requested");
    line.add(line.next_place(Suspicion::first_contact), "contact");
    EXPECT_EQ(line.drop_last(start), "contact");
    EXPECT_EQ(line.drop_last(start), "new");
    line.add(line.next_place(Suspicion::new_domain), "new");
    EXPECT_EQ(line.take_newest(start), "requested");
    EXPECT_EQ(line.take(start), "new");
}

TEST(Line, ATryThatFindsOutTakesTheNewestName) {
    Line line;
    for (const char* name : {"a", "b", "c"}) line.add(line.next_place(Suspicion::new_domain), name);
    EXPECT_EQ(line.take_newest(start), "c");
    EXPECT_EQ(line.take(start), "a");
}

TEST(Line, WhoIsRemovedIsNowhere) {
    Line line;
    const Line::Place ready = line.next_place(Suspicion::none);
    const Line::Place later = line.next_place(Suspicion::none);
    line.add(ready, "ready");
    line.add(later, "later", start + 10s);
    line.remove(ready);
    line.remove(later);
    EXPECT_EQ(line.size(), 0U);
}

TEST(Line, DroppingSomebodyRecallsNobody) {
    Line line;
    line.send_back(line.next_place(Suspicion::new_domain), "poison");
    add(line, "a", Suspicion::first_contact);
    add(line, "b", Suspicion::first_contact);
    EXPECT_EQ(line.drop_last(start), "b");
    EXPECT_EQ(line.take(start), "a") << "not the one that was sent back";
    line.send_back(line.next_place(Suspicion::none), "least");
    EXPECT_EQ(line.drop_last(start), "least");
}

TEST(Line, DropsTheLeastSuspiciousThatCameLast) {
    Line line;
    add(line, "a", Suspicion::first_contact);
    add(line, "b", Suspicion::first_contact);
    add(line, "c", Suspicion::new_domain);
    add(line, "failed", Suspicion::none, start + 1h);
    EXPECT_EQ(line.size(), 4U);
    EXPECT_EQ(line.drop_last(start), "b");
    EXPECT_EQ(line.drop_last(start), "a");
    EXPECT_EQ(line.drop_last(start), "c");
    EXPECT_EQ(line.drop_last(start), "failed");
    EXPECT_EQ(line.drop_last(start), std::nullopt);
}

}  // namespace
}  // namespace enrichd::test::line_test

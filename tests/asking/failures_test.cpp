#include "asking/failures.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace enrichd::test::failures_test {
namespace {

TEST(OwnFailures, CountAgainOnlyWhenTheUpstreamHasAnsweredSomethingSince) {
    Answers answers;
    OwnFailures failures;
    for (int outage = 0; outage < 3; ++outage) failures.add(answers);
    EXPECT_EQ(failures.count(), 1U) << "an outage is no question's fault";
    answers.note();
    failures.add(answers);
    failures.add(answers);
    EXPECT_EQ(failures.count(), 2U);
    failures.clear();
    failures.add(answers);
    EXPECT_EQ(failures.count(), 1U);
}

TEST(Answers, AreLateForAMinute) {
    constexpr Clock::time_point start{};
    Answers answers;
    EXPECT_FALSE(answers.lately(start));
    answers.note_verdict(start);
    EXPECT_TRUE(answers.lately(start + std::chrono::seconds(59)));
    EXPECT_FALSE(answers.lately(start + std::chrono::seconds(60)));
    answers.note_verdict(start);
    answers.forget_verdicts();
    EXPECT_FALSE(answers.lately(start));
}

}  // namespace
}  // namespace enrichd::test::failures_test

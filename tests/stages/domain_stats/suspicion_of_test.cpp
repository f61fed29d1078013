#include "stages/domain_stats/suspicion_of.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::suspicion_of_test {
namespace {

TEST(Suspicion, NewBeforeLowBeforeSuspectBeforeFirstContact) {
    EXPECT_EQ(suspicion_of("NEW", {"LOW-FREQ-SCORES"}), Suspicion::new_domain);
    EXPECT_EQ(suspicion_of("ESTABLISHED", {"YOUR-FIRST-CONTACT", "LOW-FREQ-SCORES"}),
              Suspicion::low_frequency);
    EXPECT_EQ(suspicion_of("ESTABLISHED", {"SUSPECT-FREQ-SCORE"}), Suspicion::suspect_frequency);
    EXPECT_EQ(suspicion_of("ESTABLISHED", {"YOUR-FIRST-CONTACT"}), Suspicion::first_contact);
    EXPECT_EQ(suspicion_of("ESTABLISHED", {}), Suspicion::none);
    EXPECT_GT(Suspicion::new_domain, Suspicion::low_frequency);
    EXPECT_GT(Suspicion::first_contact, Suspicion::none);
}

TEST(Suspicion, AFirstContactThatTheCacheDoesNotRepeatCounts) {
    DomainStatsAnswer answer;
    answer.verdict.category = "ESTABLISHED";
    EXPECT_EQ(suspicion_of(answer), Suspicion::none);
    answer.first_contact = true;
    EXPECT_EQ(suspicion_of(answer), Suspicion::first_contact);
    answer.verdict.alerts = {"LOW-FREQ-SCORES"};
    EXPECT_EQ(suspicion_of(answer), Suspicion::low_frequency);
}

}  // namespace
}  // namespace enrichd::test::suspicion_of_test

#include "stages/domain_stats/embedded/domain_age.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::domain_age_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

const WallTime now{1'795'492'550s};
const DomainAgeOptions options;

TEST(DomainAge, IsNewForTwoYears) {
    EXPECT_FALSE(established({now - days(729), {}}, now, options));
    EXPECT_FALSE(established({now - days(730), {}}, now, options));
    EXPECT_TRUE(established({now - days(730) - 1s, {}}, now, options));
    EXPECT_FALSE(established({now + days(1), {}}, now, options)) << "registered in the future";
    EXPECT_TRUE(established({now - days(8), {}}, now, {24h * 7, 1h}));
}

TEST(DomainAge, IsGoodUntilTheRegistrationExpires) {
    EXPECT_EQ(good_until({now - days(4000), now + days(100)}, now, options), now + days(100));
    EXPECT_EQ(good_until({now - days(4000), {}}, now, options), now + days(30));
}

TEST(DomainAge, OfANewDomainIsGoodUntilItMayBeEstablished) {
    EXPECT_EQ(good_until({now - days(700), now + days(100)}, now, options), now + days(30));
    EXPECT_EQ(good_until({now - days(700), now + days(10)}, now, options), now + days(10));
}

TEST(DomainAge, IsNotAskedForEachTimeWhenTheExpiryIsPast) {
    EXPECT_EQ(good_until({now - days(4000), now - days(10)}, now, options), now + days(1));
    EXPECT_EQ(good_until({now - days(730), now + days(10)}, now, options), now + days(1));
}

TEST(DomainAge, ThatARegistryCannotTellIsAskedForAgainAfterAWeek) {
    EXPECT_EQ(failure_good_until(true, now, options), now + days(7));
    EXPECT_EQ(failure_good_until(true, now, {24h * 730, 1500ms}), now + 2s);
}

TEST(DomainAge, ThatNobodyAnsweredIsAskedForAgainAfterAnHour) {
    EXPECT_EQ(failure_good_until(false, now, options), now + 1h);
    EXPECT_EQ(failure_good_until(false, now, {24h * 730, 10min}), now + 10min);
}

}  // namespace
}  // namespace enrichd::test::domain_age_test

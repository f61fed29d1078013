#include "policy/hold_back.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point start{};

/// A try that begins and fails at once.
bool fail(HoldBack& hold, const error& failure, Clock::time_point now,
          std::optional<std::chrono::seconds> retry_after = std::nullopt) {
    return hold.failed(failure, retry_after, hold.begin(), now);
}

TEST(HoldBack, OfAServerThatIsAwayTakesFiveFailuresOrOneThatIsCertain) {
    HoldBack slow{{}};
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(fail(slow, errc::deadline, start));
    EXPECT_FALSE(slow.holds());
    EXPECT_TRUE(fail(slow, errc::http_status, start));
    EXPECT_TRUE(slow.holds());
    HoldBack nobody{{}};
    EXPECT_TRUE(fail(nobody, errc::certificate_expired, start));
    EXPECT_GE(*nobody.until(), start + 30s);
    EXPECT_LE(*nobody.until(), start + 33s);
}

TEST(HoldBack, LastsTwiceAsLongEachTimeAndEndsWithAnAnswer) {
    HoldBack hold{{}};
    EXPECT_TRUE(fail(hold, errc::rate_limited, start));
    EXPECT_FALSE(fail(hold, errc::rate_limited, start + 2min)) << "no second word";
    EXPECT_GE(*hold.until(), start + 4min);
    EXPECT_TRUE(hold.answered(hold.begin()));
    EXPECT_FALSE(hold.holds());
    EXPECT_TRUE(fail(hold, errc::rate_limited, start + 10min));
    EXPECT_LE(*hold.until(), start + 10min + 66s) << "from the beginning";
}

TEST(HoldBack, WhatWasBegunBeforeItNeitherEndsNorLengthensIt) {
    HoldBack hold{{}};
    const auto early = hold.begin();
    const auto other = hold.begin();
    fail(hold, errc::rate_limited, start);
    const auto until = hold.until();
    EXPECT_FALSE(hold.answered(early));
    EXPECT_FALSE(hold.failed(errc::rate_limited, std::nullopt, other, start + 30s));
    EXPECT_EQ(hold.until(), until);
}

TEST(HoldBack, AnotherKindIsWorthAWordAndTheLongerPauseCounts) {
    HoldBack hold{{}};
    const auto early = hold.begin();
    fail(hold, errc::rate_limited, start);
    EXPECT_TRUE(hold.failed(errc::key_refused, std::nullopt, early, start));
    EXPECT_GE(*hold.until(), start + 15min);
    EXPECT_FALSE(fail(hold, errc::rate_limited, start + 1s, 2s));
    EXPECT_GE(*hold.until(), start + 15min);
}

TEST(HoldBack, ATryThatFailsOfSomethingElseProlongsIt) {
    HoldBack hold{{}};
    fail(hold, errc::rate_limited, start);
    for (int i = 1; i <= 3; ++i) {
        const Clock::time_point due = *hold.until();
        EXPECT_FALSE(fail(hold, errc::deadline, due));
        EXPECT_GT(*hold.until(), due + 1min) << "not one after the other";
    }
}

TEST(HoldBack, ANewKeyEndsOnlyWhatTheOldOneWasRefusedFor) {
    HoldBack hold{{}};
    fail(hold, errc::rate_limited, start);
    fail(hold, errc::key_refused, start + 2min);
    EXPECT_GE(*hold.until(), start + 17min);
    hold.mended(true, start + 3min);
    EXPECT_TRUE(hold.holds());
    EXPECT_LE(*hold.until(), start + 5min) << "the limit";
}

TEST(HoldBack, OfAFirewallIsTriedAgainAtAReload) {
    HoldBack hold{{}};
    fail(hold, errc::blocked, start);
    EXPECT_GE(*hold.until(), start + 15min);
    hold.mended(false, start + 1min);
    EXPECT_EQ(hold.until(), start + 1min);
}

TEST(HoldBack, RetryAfterIsBelievedOnceAndForAnHourAtMost) {
    HoldBack hold{{}};
    fail(hold, errc::rate_limited, start, 5s);
    EXPECT_EQ(hold.until(), start + 5s);
    fail(hold, errc::rate_limited, start + 6s, 1s);
    EXPECT_GE(*hold.until(), start + 6s + 120s) << "who says soon again and again is not believed";
    HoldBack long_one{{}};
    fail(long_one, errc::rate_limited, start, 24h);
    EXPECT_EQ(long_one.until(), start + 1h);
    HoldBack at_once{{}};
    fail(at_once, errc::rate_limited, start, 0s);
    EXPECT_EQ(at_once.until(), start + 1s);
}

TEST(HoldBack, WhenSomethingMayBeMendedATryIsDue) {
    HoldBack away{{}};
    fail(away, errc::certificate_untrusted, start);
    away.mended(false, start + 1s);
    EXPECT_EQ(away.until(), start + 1s);
    HoldBack limited{{}};
    fail(limited, errc::rate_limited, start);
    limited.mended(false, start + 1s);
    EXPECT_GE(*limited.until(), start + 1min) << "no operator mends a limit";
    HoldBack refused{{}};
    const auto old = refused.begin();
    fail(refused, errc::key_refused, start);
    refused.mended(false, start + 1s);
    EXPECT_GE(*refused.until(), start + 15min) << "the key is the old one";
    refused.mended(true, start + 1s);
    EXPECT_FALSE(refused.holds());
    EXPECT_FALSE(refused.failed(errc::key_refused, std::nullopt, old, start + 2s))
        << "it was sent with the old key";
    EXPECT_FALSE(refused.holds());
    EXPECT_TRUE(fail(refused, errc::key_refused, start + 3s)) << "the new one is refused too";
}

}  // namespace
}  // namespace enrichd::test

#include "asking/cooldown.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::cooldown_test {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point start{};

/// A try that begins and fails at once. What says nothing else is about all names.
bool fail(Cooldown& hold, const error& failure, Clock::time_point now,
          std::optional<std::chrono::seconds> retry_after = std::nullopt) {
    return hold.failed({failure, "x.com", true, retry_after}, hold.begin(), now);
}

/// The same that may be about the name.
bool fail_for(Cooldown& hold, std::string_view name, const error& failure, Clock::time_point now = start) {
    return hold.failed({failure, name}, hold.begin(), now);
}

TEST(Cooldown, OfAServerThatIsAwayTakesFiveNamesOrOneFailureThatIsCertain) {
    Cooldown slow{{}};
    for (const char* name : {"a.com", "b.com", "c.com", "d.com"})
        EXPECT_FALSE(fail_for(slow, name, errc::deadline));
    EXPECT_FALSE(slow.holds());
    EXPECT_TRUE(fail_for(slow, "e.com", errc::http_status));
    EXPECT_TRUE(slow.holds());
    EXPECT_EQ(slow.until(), start) << "another name is tried at once: it may have been these";
    EXPECT_FALSE(fail_for(slow, "f.com", errc::deadline));
    EXPECT_GE(*slow.until(), start + 30s);
    Cooldown nobody{{}};
    EXPECT_TRUE(fail_for(nobody, "a.com", errc::certificate_expired));
    EXPECT_GE(*nobody.until(), start + 30s);
    EXPECT_LE(*nobody.until(), start + 33s);
}

TEST(Cooldown, OneNameIsNotEnoughHoweverOftenItFails) {
    for (const errc reason : {errc::deadline, errc::cut, errc::blocked, errc::key_refused,
                              errc::gateway_status, errc::http_status, errc::content_type}) {
        Cooldown hold{{}};
        for (int i = 0; i < 100; ++i) EXPECT_FALSE(fail_for(hold, "poison.com", reason));
        EXPECT_FALSE(hold.holds()) << label(reason);
    }
}

TEST(Cooldown, AnAnswerInBetweenAcquitsTheServer) {
    Cooldown hold{{}};
    for (int i = 0; i < 50; ++i) {
        EXPECT_FALSE(fail_for(hold, "bad" + std::to_string(i) + ".com", errc::blocked));
        EXPECT_FALSE(fail_for(hold, "slow" + std::to_string(i) + ".com", errc::deadline));
        hold.answered(hold.begin());
    }
    EXPECT_FALSE(hold.holds());
}

TEST(Cooldown, ThreeNamesThatAFirewallRefusesAreEnough) {
    Cooldown hold{{}};
    EXPECT_FALSE(fail_for(hold, "a.com", errc::blocked));
    EXPECT_FALSE(fail_for(hold, "b.com", errc::blocked));
    EXPECT_TRUE(fail_for(hold, "c.com", errc::blocked));
    EXPECT_GE(*hold.until(), start + 15min);
}

TEST(Cooldown, OfAnotherServerNothingIsKnown) {
    Cooldown hold{{}};
    fail(hold, errc::rate_limited, start);
    fail(hold, errc::key_refused, start);
    hold.forget();
    EXPECT_FALSE(hold.holds());
}

TEST(Cooldown, LastsTwiceAsLongEachTimeAndEndsWithAnAnswer) {
    Cooldown hold{{}};
    EXPECT_TRUE(fail(hold, errc::rate_limited, start));
    EXPECT_FALSE(fail(hold, errc::rate_limited, start + 2min)) << "no second word";
    EXPECT_GE(*hold.until(), start + 4min);
    EXPECT_TRUE(hold.answered(hold.begin()));
    EXPECT_FALSE(hold.holds());
    EXPECT_TRUE(fail(hold, errc::rate_limited, start + 10min));
    EXPECT_LE(*hold.until(), start + 10min + 66s) << "from the beginning";
}

TEST(Cooldown, WhatWasBegunBeforeItNeitherEndsNorLengthensIt) {
    Cooldown hold{{}};
    const auto early = hold.begin();
    const auto other = hold.begin();
    fail(hold, errc::rate_limited, start);
    const auto until = hold.until();
    EXPECT_FALSE(hold.answered(early));
    EXPECT_FALSE(hold.failed({errc::rate_limited, "x.com"}, other, start + 30s));
    EXPECT_EQ(hold.until(), until);
}

TEST(Cooldown, AnotherKindIsWorthAWordAndTheLongerPauseCounts) {
    Cooldown hold{{}};
    const auto early = hold.begin();
    fail(hold, errc::rate_limited, start);
    EXPECT_TRUE(hold.failed({errc::key_refused, "x.com", true}, early, start));
    EXPECT_GE(*hold.until(), start + 15min);
    EXPECT_FALSE(fail(hold, errc::rate_limited, start + 1s, 2s));
    EXPECT_GE(*hold.until(), start + 15min);
}

TEST(Cooldown, ATryThatFailsOfSomethingElseProlongsIt) {
    Cooldown hold{{}};
    fail(hold, errc::rate_limited, start);
    for (int i = 1; i <= 3; ++i) {
        const Clock::time_point due = *hold.until();
        EXPECT_FALSE(fail_for(hold, "x.com", errc::deadline, due));
        EXPECT_GT(*hold.until(), due + 1min) << "not one after the other";
    }
}

TEST(Cooldown, ANewKeyEndsOnlyWhatTheOldOneWasRefusedFor) {
    Cooldown hold{{}};
    fail(hold, errc::rate_limited, start);
    fail(hold, errc::key_refused, start + 2min);
    EXPECT_GE(*hold.until(), start + 17min);
    hold.try_again(true, start + 3min);
    EXPECT_TRUE(hold.holds());
    EXPECT_LE(*hold.until(), start + 5min) << "the limit";
}

TEST(Cooldown, OfAFirewallIsTriedAgainAtAReload) {
    Cooldown hold{{}};
    fail(hold, errc::blocked, start);
    EXPECT_GE(*hold.until(), start + 15min);
    hold.try_again(false, start + 1min);
    EXPECT_EQ(hold.until(), start + 1min);
}

TEST(Cooldown, RetryAfterIsBelievedOnceAndForAnHourAtMost) {
    Cooldown hold{{}};
    fail(hold, errc::rate_limited, start, 5s);
    EXPECT_EQ(hold.until(), start + 5s);
    fail(hold, errc::rate_limited, start + 6s, 1s);
    EXPECT_GE(*hold.until(), start + 6s + 120s) << "who says soon again and again is not believed";
    Cooldown long_one{{}};
    fail(long_one, errc::rate_limited, start, 24h);
    EXPECT_EQ(long_one.until(), start + 1h);
    Cooldown at_once{{}};
    fail(at_once, errc::rate_limited, start, 0s);
    EXPECT_EQ(at_once.until(), start + 1s);
}

TEST(Cooldown, WhenSomethingMayBeMendedATryIsDue) {
    Cooldown away{{}};
    fail(away, errc::certificate_untrusted, start);
    away.try_again(false, start + 1s);
    EXPECT_EQ(away.until(), start + 1s);
    Cooldown limited{{}};
    fail(limited, errc::rate_limited, start);
    limited.try_again(false, start + 1s);
    EXPECT_GE(*limited.until(), start + 1min) << "no operator mends a limit";
    Cooldown refused{{}};
    const auto old = refused.begin();
    fail(refused, errc::key_refused, start);
    refused.try_again(false, start + 1s);
    EXPECT_GE(*refused.until(), start + 15min) << "the key is the old one";
    refused.try_again(true, start + 1s);
    EXPECT_FALSE(refused.holds());
    EXPECT_FALSE(refused.failed({errc::key_refused, "x.com", true}, old, start + 2s))
        << "it was sent with the old key";
    EXPECT_FALSE(refused.holds());
    EXPECT_TRUE(fail(refused, errc::key_refused, start + 3s)) << "the new one is refused too";
}

}  // namespace
}  // namespace enrichd::test::cooldown_test

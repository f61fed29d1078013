#include "model/event_domain.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::event_domain_test {
namespace {

using namespace std::chrono_literals;

constexpr WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 13h;

EventDomain registered(std::chrono::seconds before) {
    return {"x.com", now - before, now};
}

TEST(EventDomain, CountsWholeDays) {
    EXPECT_EQ(registered(23h).age_days(), 0);
    EXPECT_EQ(registered(24h).age_days(), 1);
    EXPECT_EQ(registered(std::chrono::days(20'000)).age_days(), 20'000);
    EXPECT_EQ((EventDomain{"x.com", {}, now}).age_days(), std::nullopt);
}

TEST(EventDomain, TakesADateOfTomorrowForToday) {
    EXPECT_EQ(registered(-23h).age_days(), 0) << "clocks differ";
    EXPECT_EQ(registered(-25h).age_days(), std::nullopt);
    EXPECT_EQ(registered(-25h).registered_on(), "2026-11-25") << "what the registry said";
}

TEST(EventDomain, WritesTheDayOfTheRegistration) {
    EXPECT_EQ(registered(0h).registered_on(), "2026-11-24");
    EXPECT_EQ(
        (EventDomain{"x.com", std::chrono::sys_days(std::chrono::year(1997) / 9 / 5), now}).registered_on(),
        "1997-09-05");
    EXPECT_EQ((EventDomain{"x.com", {}, now}).registered_on(), "");
}

TEST(EventDomain, SaysWhenForPeople) {
    EXPECT_EQ(registered(1h).registered_when(), "registered today");
    EXPECT_EQ(registered(25h).registered_when(), "registered 1 day ago");
    EXPECT_EQ(registered(std::chrono::days(729)).registered_when(), "registered 729 days ago");
    EXPECT_EQ(registered(std::chrono::days(730)).registered_when(), "registered 2 years ago");
    EXPECT_EQ((EventDomain{"x.com", {}, now}).registered_when(), "");
}

}  // namespace
}  // namespace enrichd::test::event_domain_test

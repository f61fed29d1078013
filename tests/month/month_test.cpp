// A week and a half of a small fleet; scripts/bench month has the whole of it.
#include "support/month.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::month_test {
namespace {

TEST(Month, AllInfectionsAreFoundAndFewOtherEventsAreSerious) {
    const MonthResult month = replay_month({200, 13, 10, 50});
    for (const char* infection :
         {"random DGA", "word DGA", "a NEW domain on one host", "a listed domain", "a tunnel"})
        EXPECT_TRUE(month.infections.contains(infection)) << infection;
    EXPECT_GT(month.alerts, 26'000U);
    for (const auto& [day, count] : month.alarms)
        EXPECT_LE(count, 10U) << "on day " << day << ", such as " << month.examples.front();
}

}  // namespace
}  // namespace enrichd::test::month_test

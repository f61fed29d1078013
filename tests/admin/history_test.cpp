#include "admin/history.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::history_test {
namespace {

using namespace std::chrono_literals;

const Clock::time_point start{};
const WallTime monday{1'764'000'000s};

Totals totals(std::uint64_t received, std::uint64_t hits = 0, std::uint64_t misses = 0) {
    Totals out;
    out.received = out.finished = received;
    out.hits = hits;
    out.misses = misses;
    return out;
}

TEST(Quantile, IsInterpolatedWithinItsBucket) {
    Histogram values;
    EXPECT_EQ(quantile(values, 0.5), std::nullopt);
    for (int i = 0; i < 100; ++i) values.observe(0.004);  // between 2.5 and 5 ms
    EXPECT_DOUBLE_EQ(*quantile(values, 0.5), 0.00375);
    EXPECT_DOUBLE_EQ(*quantile(values, 1), 0.005);
    values = Histogram();
    values.observe(0.00005);
    EXPECT_DOUBLE_EQ(*quantile(values, 0.5), 0.00005);
}

TEST(Quantile, AboveAllBoundsIsTheLastBound) {
    Histogram values;
    values.observe(10'000);
    EXPECT_DOUBLE_EQ(*quantile(values, 0.5), 3600);
}

TEST(History, BeginsWithTheSecondLook) {
    History history;
    history.note(totals(1000), start, monday);
    EXPECT_TRUE(history.list().empty()) << "what was before is nobody's step";
    history.note(totals(1050, 30, 10), start + 10s, monday + 10s);
    ASSERT_EQ(history.list().size(), 1U);
    EXPECT_DOUBLE_EQ(history.list()[0].received, 5);
    EXPECT_DOUBLE_EQ(*history.list()[0].hit_ratio, 0.75);
    EXPECT_EQ(history.list()[0].p50, std::nullopt) << "no alert ended";
}

TEST(History, AStepInWhichNothingWasAskedHasNoRatio) {
    History history;
    history.note(totals(0, 5, 5), start, monday);
    history.note(totals(0, 5, 5), start + 10s, monday);
    EXPECT_EQ(history.list()[0].hit_ratio, std::nullopt);
}

TEST(History, LatencyIsOfTheStepAlone) {
    History history;
    Totals now = totals(0);
    for (int i = 0; i < 1000; ++i) now.duration.observe(50);
    history.note(now, start, monday);
    now.duration.observe(0.0002);
    history.note(now, start + 10s, monday);
    EXPECT_LT(*history.list()[0].p95, 0.00026);
}

TEST(History, CountsFindingsByTheHourAndKeepsAWeek) {
    History history;
    Totals now = totals(0);
    const WallTime noon = std::chrono::floor<std::chrono::hours>(monday);
    history.note(now, start, noon);
    EXPECT_TRUE(history.hours().empty());
    now.findings.add("otx");
    history.note(now, start + 10s, noon + 10s);
    now.findings.add("otx");
    now.findings.add("new", 2);
    history.note(now, start + 20s, noon + 59min);
    history.note(now, start + 30s, noon + 61min);
    ASSERT_EQ(history.hours().size(), 1U) << "nothing was found in the next hour";
    EXPECT_EQ(history.hours()[0].begins, noon);
    EXPECT_EQ(history.hours()[0].found["otx"], 2U);
    EXPECT_EQ(history.hours()[0].found["new"], 2U);
    now.findings.add("new");
    history.note(now, start + 40s, noon + 3h);
    now.findings.add("new");
    history.note(now, start + 50s, noon + 3h);
    ASSERT_EQ(history.hours().size(), 2U);
    history.note(now, start + 60s, noon + 7 * 24h);
    ASSERT_EQ(history.hours().size(), 1U);
    EXPECT_EQ(history.hours()[0].begins, noon + 3h);
}

TEST(History, NothingWasFoundInAnHourThatIsToCome) {
    History history;
    Totals now = totals(0);
    const WallTime noon = std::chrono::floor<std::chrono::hours>(monday);
    history.note(now, start, noon);
    now.findings.add("otx");
    history.note(now, start + 10s, noon + 2h);  // the clock was ahead
    now.findings.add("otx");
    history.note(now, start + 20s, noon + 3h);
    history.note(now, start + 30s, noon);
    ASSERT_EQ(history.hours().size(), 1U);
    EXPECT_EQ(history.hours()[0].begins, noon);
    EXPECT_EQ(history.hours()[0].found["otx"], 2U);
}

TEST(History, KeepsAnHour) {
    History history;
    for (std::size_t i = 0; i < 500; ++i) history.note(totals(i), start + i * History::every, monday);
    EXPECT_EQ(history.list().size(), History::most);
}

TEST(History, RemembersWhenEachReasonWasMetLast) {
    History history;
    Totals now = totals(0);
    now.rejected.add("not_json");
    history.note(now, start, monday);
    history.note(now, start + 10s, monday + 10s);
    now.gated.add("reverse");
    history.note(now, start + 20s, monday + 20s);
    EXPECT_EQ(history.last_refused().at("not_json"), monday);
    EXPECT_EQ(history.last_refused().at("reverse"), monday + 20s);
}

}  // namespace
}  // namespace enrichd::test::history_test

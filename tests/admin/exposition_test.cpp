#include "admin/exposition.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::exposition_test {
namespace {

TEST(Exposition, HasHelpAndTypeOfEachFamilyOnceThenItsSamples) {
    Metrics metrics;
    metrics.counter("things_total", "Things, by kind.", 3, {{"kind", "a"}});
    metrics.gauge("size", "A size.", 0.25);
    metrics.counter("things_total", "Things, by kind.", std::size_t{1} << 40, {{"kind", "b"}});
    EXPECT_EQ(exposition(metrics),
              "# HELP enrichd_things_total Things, by kind.\n"
              "# TYPE enrichd_things_total counter\n"
              "enrichd_things_total{kind=\"a\"} 3\n"
              "enrichd_things_total{kind=\"b\"} 1099511627776\n"
              "# HELP enrichd_size A size.\n"
              "# TYPE enrichd_size gauge\n"
              "enrichd_size 0.25\n");
}

TEST(Exposition, EscapesWhatTheFormatNeedsEscaped) {
    Metrics metrics;
    metrics.gauge("odd", "Two\nlines, a \\ and a \".", 1, {{"text", "a\"b\\c\nd"}});
    EXPECT_EQ(exposition(metrics),
              "# HELP enrichd_odd Two\\nlines, a \\\\ and a \".\n"
              "# TYPE enrichd_odd gauge\n"
              "enrichd_odd{text=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(Exposition, OfAHistogramIsCumulativeAndEndsWithAllOfThem) {
    Metrics metrics;
    Histogram values;
    values.observe(0.25);
    values.observe(0.25);
    values.observe(7200);
    metrics.family("wait_seconds", "A wait.", Metrics::Type::histogram).add(values, {{"who", "x"}});
    const std::string text = exposition(metrics);
    EXPECT_NE(text.find("enrichd_wait_seconds_bucket{who=\"x\",le=\"0.1\"} 0\n"), std::string::npos);
    EXPECT_NE(text.find("enrichd_wait_seconds_bucket{who=\"x\",le=\"0.25\"} 2\n"), std::string::npos);
    EXPECT_NE(text.find("enrichd_wait_seconds_bucket{who=\"x\",le=\"3600\"} 2\n"), std::string::npos);
    EXPECT_NE(text.find("enrichd_wait_seconds_bucket{who=\"x\",le=\"+Inf\"} 3\n"
                        "enrichd_wait_seconds_sum{who=\"x\"} 7200.5\n"
                        "enrichd_wait_seconds_count{who=\"x\"} 3\n"),
              std::string::npos)
        << text;
}

TEST(Metrics, SumsWhatSeveralPartsAddUnderTheSameLabels) {
    Metrics metrics;
    Counters first;
    first.add("bad", 2);
    Counters second;
    second.add("bad", 3);
    second.add("worse");
    metrics.family("rejected_total", "Rejected.", Metrics::Type::counter).add(first, "reason");
    metrics.family("rejected_total", "Rejected.", Metrics::Type::counter).add(second, "reason");
    ASSERT_EQ(metrics.families().size(), 1U);
    ASSERT_EQ(metrics.families()[0].samples.size(), 2U);
    EXPECT_DOUBLE_EQ(metrics.families()[0].samples[0].value, 5);
}

}  // namespace
}  // namespace enrichd::test::exposition_test

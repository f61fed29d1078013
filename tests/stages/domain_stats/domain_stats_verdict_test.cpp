#include "stages/domain_stats/domain_stats_verdict.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::domain_stats_verdict_test {
namespace {

using Alerts = std::vector<std::string>;

TEST(DomainStatsVerdict, ReadsARealAnswer) {
    const auto answer = parse_domain_stats(
        R"({"alerts":["LOW-FREQ-SCORES","YOUR-FIRST-CONTACT"],"category":"ESTABLISHED","freq_score":[5.4865,5.5522],)"
        R"("seen_by_isc":"RDAP","seen_by_web":"Thu, 27 Aug 2009 16:51:19 GMT",)"
        R"("seen_by_you":"Tue, 24 Nov 2026 03:55:50 GMT"})"
        "\n");
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->first_contact);
    EXPECT_EQ(answer->verdict.alerts, Alerts{"LOW-FREQ-SCORES"})
        << "the first contact is not part of the verdict";
    EXPECT_EQ(answer->verdict.category, "ESTABLISHED");
    EXPECT_EQ(answer->verdict.freq_scores, (std::vector<double>{5.4865, 5.5522}));
    EXPECT_EQ(answer->verdict.seen_by_isc, "RDAP");
    EXPECT_EQ(answer->verdict.seen_by_web, "Thu, 27 Aug 2009 16:51:19 GMT");
    EXPECT_EQ(answer->verdict.seen_by_you, "Tue, 24 Nov 2026 03:55:50 GMT");
}

TEST(DomainStatsVerdict, ToleratesMissingAndOddlyTypedFields) {
    EXPECT_TRUE(parse_domain_stats(R"({"alerts":[]})"));
    EXPECT_TRUE(parse_domain_stats(R"({"category":"NEW"})"));
    const auto odd = parse_domain_stats(
        R"({"alerts":"YOUR-FIRST-CONTACT","category":7,"freq_score":"ERROR","seen_by_isc":null,"seen_by_web":{"a":1}})");
    ASSERT_TRUE(odd);
    EXPECT_TRUE(odd->first_contact);
    EXPECT_EQ(odd->verdict.category, "7");
    EXPECT_EQ(odd->verdict.freq_text, "ERROR");
    EXPECT_EQ(odd->verdict.seen_by_isc, "");
    EXPECT_EQ(odd->verdict.seen_by_web, R"({"a":1})");
    EXPECT_EQ(parse_domain_stats(R"({"alerts":[1,null,"X"],"freq_score":["5.1",2]})")->verdict.alerts,
              (Alerts{"1", "X"}));
    EXPECT_EQ(parse_domain_stats(R"({"alerts":[],"freq_score":["5.1",2]})")->verdict.freq_text,
              R"(["5.1",2])");
}

TEST(DomainStatsVerdict, KnowsWhatIsNone) {
    EXPECT_EQ(parse_domain_stats("ISC Mode is still in development").error(), errc::body_not_json);
    EXPECT_EQ(parse_domain_stats(R"({"alerts":[)").error(), errc::body_not_json);
    EXPECT_EQ(parse_domain_stats(std::string(60'000, '[')).error(), errc::body_not_json);
    EXPECT_EQ(parse_domain_stats(R"({"alerts":[[[[[[[[[[[[1]]]]]]]]]]]]})").error(), errc::body_not_json);
    EXPECT_EQ(parse_domain_stats(R"({"hit":0,"miss":0,"warnings":[]})").error(), errc::body_wrong_shape);
    EXPECT_EQ(parse_domain_stats("[]").error(), errc::body_wrong_shape);
    EXPECT_EQ(parse_domain_stats(R"("text")").error(), errc::body_wrong_shape);
}

TEST(DomainStatsVerdict, IsBounded) {
    std::string many = R"({"alerts":[)";
    for (int i = 0; i < 1000; ++i) many += "\"" + std::string(1000, 'a') + "\",";
    const auto answer = parse_domain_stats(many + R"("YOUR-FIRST-CONTACT"]})");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->verdict.alerts.size(), 16U);
    EXPECT_EQ(answer->verdict.alerts[0].size(), 512U);
    EXPECT_TRUE(answer->first_contact) << "it is heard wherever it stands";
    EXPECT_TRUE(answer->verdict.truncated);
}

TEST(DomainStatsVerdict, IsWorthAnEventWhenItAlertsOrIsNew) {
    const auto worth = [](const char* body) { return worth_an_event(*parse_domain_stats(body)); };
    EXPECT_TRUE(worth(R"({"alerts":["YOUR-FIRST-CONTACT"],"category":"ESTABLISHED"})"));
    EXPECT_TRUE(worth(R"({"alerts":["LOW-FREQ-SCORES"],"category":"ESTABLISHED"})"));
    EXPECT_TRUE(worth(R"({"alerts":[],"category":"NEW"})"));
    EXPECT_FALSE(worth(R"({"alerts":[],"category":"ESTABLISHED"})"));
    EXPECT_FALSE(worth(R"({"alerts":["YOUR-FIRST-CONTACT","returned 404"],"category":"ERROR"})"));
}

}  // namespace
}  // namespace enrichd::test::domain_stats_verdict_test

#include "stages/domain_stats/domain_stats_record.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::domain_stats_record_test {
namespace {

TEST(DomainStatsRecord, IsReadAsVersion010WroteIt) {
    const auto verdict = domain_stats_verdict_of(
        R"({"age_failure":"x","alerts":["LOW-FREQ-SCORES"],"category":"NEW","freq_scores":[5.4865,5.5522],)"
        R"("freq_text":"none","seen_by_isc":"RDAP","seen_by_web":"web","seen_by_you":"you","truncated":true})");
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->alerts, std::vector<std::string>{"LOW-FREQ-SCORES"});
    EXPECT_EQ(verdict->freq_scores, (std::vector<double>{5.4865, 5.5522}));
    EXPECT_EQ(verdict->category + verdict->freq_text + verdict->age_failure, "NEWnonex");
    EXPECT_EQ(verdict->seen_by_isc + verdict->seen_by_web + verdict->seen_by_you, "RDAPwebyou");
    EXPECT_TRUE(verdict->truncated);
    EXPECT_EQ(domain_stats_verdict_of("{}").value(), DomainStatsVerdict());
}

TEST(DomainStatsRecord, ThatIsDamagedIsAnError) {
    for (const char* text : {"", "{", "nonsense"})
        EXPECT_EQ(domain_stats_verdict_of(text).error(), errc::body_not_json) << text;
    for (const char* text : {"[]", "7", R"({"alerts":7})", R"({"category":[]})", R"({"freq_scores":["x"]})",
                             R"({"truncated":"x"})"})
        EXPECT_EQ(domain_stats_verdict_of(text).error(), errc::body_wrong_shape) << text;
}

}  // namespace
}  // namespace enrichd::test::domain_stats_record_test

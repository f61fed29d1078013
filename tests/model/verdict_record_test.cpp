#include "model/verdict_record.hpp"

#include <gtest/gtest.h>

namespace enrichd::test {
namespace {

TEST(VerdictRecord, OfDomainStatsIsReadAsItWasWritten) {
    DomainStatsVerdict verdict;
    verdict.alerts = {"LOW-FREQ-SCORES", "SUSPECT"};
    verdict.category = "NEW";
    verdict.freq_scores = {5.4865, 5.5522};
    verdict.freq_text = "none";
    verdict.seen_by_isc = "RDAP";
    verdict.seen_by_web = "Thu, 27 Aug 2009 16:51:19 GMT";
    verdict.seen_by_you = "\xc3\xa4\n";
    verdict.truncated = true;
    EXPECT_EQ(domain_stats_verdict_of(to_record(verdict)).value(), verdict);
    EXPECT_EQ(domain_stats_verdict_of(to_record(DomainStatsVerdict())).value(), DomainStatsVerdict());
    EXPECT_EQ(to_record(DomainStatsVerdict()), "{}");
}

TEST(VerdictRecord, OfOtxIsReadAsItWasWritten) {
    OtxVerdict verdict;
    verdict.pulses = {{"p1",
                       "name",
                       "AlienVault",
                       "2026-07-02",
                       {"tag"},
                       {"Emotet"},
                       {"T1071"},
                       "APT",
                       "white",
                       "p0",
                       false},
                      {}};
    verdict.pulse_count = 7;
    verdict.confidence = Confidence::high;
    verdict.reasons = {"because"};
    verdict.sections = {"general"};
    verdict.type = "domain";
    verdict.base_indicator = R"({"id":1})";
    verdict.refused = true;
    const OtxVerdict back = otx_verdict_of(to_record(verdict)).value();
    EXPECT_EQ(back.pulses, verdict.pulses);
    EXPECT_EQ(back.pulse_count, 7U);
    EXPECT_EQ(back.confidence, Confidence::high);
    EXPECT_EQ(back.reasons, verdict.reasons);
    EXPECT_EQ(back.sections, verdict.sections);
    EXPECT_EQ(back.type, "domain");
    EXPECT_EQ(back.base_indicator, verdict.base_indicator);
    EXPECT_TRUE(back.refused);
    EXPECT_EQ(otx_verdict_of("{}").value().base_indicator, "{}");
}

TEST(VerdictRecord, WhatIsDamagedIsAnError) {
    for (const char* text : {"", "{", "nonsense"}) {
        EXPECT_EQ(domain_stats_verdict_of(text).error(), errc::body_not_json) << text;
        EXPECT_EQ(otx_verdict_of(text).error(), errc::body_not_json) << text;
    }
    for (const char* text : {"[]", "7", R"({"alerts":7})", R"({"category":[]})", R"({"freq_scores":["x"]})",
                             R"({"truncated":"x"})"})
        EXPECT_EQ(domain_stats_verdict_of(text).error(), errc::body_wrong_shape) << text;
    for (const char* text : {"[]", "7", R"({"type":[]})", R"({"pulses":[{"id":1}]})", R"({"reasons":[1]})",
                             R"({"confidence":"high"})", R"({"pulse_count":"x"})"})
        EXPECT_EQ(otx_verdict_of(text).error(), errc::body_wrong_shape) << text;
    EXPECT_TRUE(otx_verdict_of(R"({"confidence":99})")) << "odd, and harmless";
}

}  // namespace
}  // namespace enrichd::test

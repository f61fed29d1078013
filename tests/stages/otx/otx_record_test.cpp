#include "stages/otx/otx_record.hpp"

#include <gtest/gtest.h>

namespace enrichd::test::otx_record_test {
namespace {

TEST(OtxRecord, IsReadAsItWasWritten) {
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

TEST(OtxRecord, ThatIsDamagedIsAnError) {
    for (const char* text : {"", "{", "nonsense"})
        EXPECT_EQ(otx_verdict_of(text).error(), errc::body_not_json) << text;
    for (const char* text : {"[]", "7", R"({"type":[]})", R"({"pulses":[{"id":1}]})", R"({"reasons":[1]})",
                             R"({"confidence":"high"})", R"({"pulse_count":"x"})"})
        EXPECT_EQ(otx_verdict_of(text).error(), errc::body_wrong_shape) << text;
    EXPECT_TRUE(otx_verdict_of(R"({"confidence":99})")) << "odd, and harmless";
}

TEST(OtxRecord, ANumberThatIsNoCountIsAnError) {
    for (const char* text : {R"({"pulse_count":1e300})", R"({"pulse_count":-1})", R"({"confidence":-1e300})",
                             R"({"pulse_count":true})"})
        EXPECT_EQ(otx_verdict_of(text).error(), errc::body_wrong_shape) << text;
}

TEST(OtxRecord, ABaseIndicatorThatNoEventCanHoldIsAnError) {
    const std::string large = R"({"base_indicator":"{\"a\":\")" + std::string(4096, 'x') + R"(\"}"})";
    for (const std::string& text :
         {std::string(R"({"base_indicator":""})"), std::string(R"({"base_indicator":"{"})"),
          std::string(R"({"base_indicator":"[1]"})"), large})
        EXPECT_EQ(otx_verdict_of(text).error(), errc::body_wrong_shape) << text;
}

/// 30 November 2026: such a verdict, loaded from a file, kept the loop busy for hours when its event was
/// made.
TEST(OtxRecord, WhatIsLargerThanAVerdictThatIsLearntIsAnError) {
    const auto with = [](auto change) {
        OtxVerdict verdict;
        verdict.pulses.resize(16);
        change(verdict);
        return otx_verdict_of(to_record(verdict));
    };
    EXPECT_TRUE(with([](OtxVerdict&) {}));
    const std::vector<std::string> many(65, "x");
    const std::string longer(513, 'x');
    EXPECT_EQ(with([](OtxVerdict& one) { one.pulses.resize(17); }).error(), errc::body_wrong_shape);
    EXPECT_FALSE(with([&](OtxVerdict& one) { one.pulses[15].tags = many; }));
    EXPECT_FALSE(with([&](OtxVerdict& one) { one.pulses[0].name = longer; }));
    EXPECT_FALSE(with([&](OtxVerdict& one) { one.pulses[0].attack_ids = {longer}; }));
    EXPECT_FALSE(with([&](OtxVerdict& one) { one.reasons = many; }));
    EXPECT_FALSE(with([&](OtxVerdict& one) { one.sections = {longer}; }));
    EXPECT_FALSE(with([&](OtxVerdict& one) { one.type = longer; }));
}

}  // namespace
}  // namespace enrichd::test::otx_record_test

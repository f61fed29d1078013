#include "stages/domain_stats/packed_verdict.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace enrichd::test::packed_verdict_test {
namespace {

DomainStatsVerdict verdict() {
    DomainStatsVerdict out;
    out.alerts = {"LOW-FREQ-SCORES", std::string(512, 'a')};
    out.category = "NEW";
    out.freq_scores = {5.4865, 5.5522};
    out.freq_text = "none";
    out.seen_by_isc = "RDAP";
    out.seen_by_web = "Thu, 27 Aug 2009 16:51:19 GMT";
    out.seen_by_you = "\xc3\xa4\n";
    out.age_failure = std::string("a\0b", 3);
    out.truncated = true;
    return out;
}

TEST(PackedVerdict, IsUnpackedAsItWasPacked) {
    for (const DomainStatsVerdict& one : {verdict(), DomainStatsVerdict()}) {
        EXPECT_EQ(PackedVerdict(one).unpack(), one);
        EXPECT_EQ(PackedVerdict::read(PackedVerdict(one).bytes())->unpack(), one) << "by way of a file";
    }
    DomainStatsVerdict provisional;
    provisional.provisional = true;
    EXPECT_TRUE(PackedVerdict(provisional).unpack().provisional);
}

TEST(PackedVerdict, CostsLittleBeyondItsTextsAndScores) {
    DomainStatsVerdict typical;
    typical.category = "NEW";
    typical.freq_scores = {5.1, 6.2};
    typical.seen_by_web = "Thu, 27 Aug 2009 16:51:19 GMT";
    EXPECT_EQ(PackedVerdict(typical).bytes().size(), 3U + 29 + 16 + 11);
}

TEST(PackedVerdict, ReadsTheRecordsOfVersion010) {
    const auto old = PackedVerdict::read(
        R"({"alerts":["LOW-FREQ-SCORES"],"category":"NEW","freq_scores":[5.1],"seen_by_web":"x"})");
    ASSERT_TRUE(old);
    EXPECT_EQ(old->unpack().alerts, std::vector<std::string>{"LOW-FREQ-SCORES"});
    EXPECT_EQ(old->unpack().freq_scores, std::vector<double>{5.1});
    EXPECT_EQ(old->unpack().seen_by_web, "x");
}

TEST(PackedVerdict, WhatIsDamagedIsAnError) {
    const std::string whole = PackedVerdict(verdict()).bytes();
    for (std::size_t size = 1; size < whole.size(); ++size)
        EXPECT_EQ(PackedVerdict::read(whole.substr(0, size)).error(), errc::body_wrong_shape) << size;
    EXPECT_EQ(PackedVerdict::read(whole + "x").error(), errc::body_wrong_shape);
    EXPECT_EQ(PackedVerdict::read("").error(), errc::body_not_json);
    EXPECT_EQ(PackedVerdict::read("\x02").error(), errc::body_not_json) << "of a later version";
    EXPECT_EQ(PackedVerdict::read("\x01\x01\x01\xff\xff").error(), errc::body_wrong_shape)
        << "more alerts than there can be";
    DomainStatsVerdict odd;
    odd.freq_scores = {std::numeric_limits<double>::quiet_NaN()};
    EXPECT_EQ(PackedVerdict::read(PackedVerdict(odd).bytes()).error(), errc::body_wrong_shape);
}

}  // namespace
}  // namespace enrichd::test::packed_verdict_test

#include "stages/otx/otx_verdict.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes/fake_otx.hpp"

namespace enrichd::test::otx_verdict_test {
namespace {

using fakes::FakeOtx;

TEST(OtxAnswer, HoldsThePulsesOfAHit) {
    const auto answer = parse_otx(FakeOtx::body_for("hostname", "bad.x.com"), "bad.x.com");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->pulses.size(), 2U);
    const Pulse& first = answer->pulses[0];
    EXPECT_EQ(first.id, "65f0a1b2c3d4e5f60718293a");
    EXPECT_EQ(first.name, "Loader campaign delivering ExampleStealer");
    EXPECT_EQ(first.author, "AlienVault");
    EXPECT_EQ(first.modified, "2026-07-02T09:14:07.412000");
    EXPECT_EQ(first.tags, (std::vector<std::string>{"loader", "stealer", "phishing"}));
    EXPECT_EQ(first.malware_families, std::vector<std::string>{"ExampleStealer"});
    EXPECT_EQ(first.attack_ids, std::vector<std::string>{"T1071.004 - DNS"});
    EXPECT_EQ(first.tlp, "white");
    EXPECT_TRUE(first.active);
    EXPECT_EQ(first.cloned_from, "");
    EXPECT_EQ(answer->pulses[1].cloned_from, "61aaaaaaaaaaaaaaaaaaaaaa");
    EXPECT_EQ(answer->type, "hostname");
    EXPECT_EQ(answer->sections.size(), 7U);
    EXPECT_EQ(nlohmann::json::parse(answer->base_indicator)["id"], 3912345678);
}

TEST(OtxAnswer, OfAnUnknownNameHasNoPulses) {
    const auto answer = parse_otx(FakeOtx::body_for("domain", "x.com"), "x.com");
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->pulses.empty());
    EXPECT_EQ(answer->base_indicator, "{}");
}

TEST(OtxAnswer, ToleratesEveryOddTypeThatWasSeen) {
    const auto answer = parse_otx(FakeOtx::body_for("hostname", "odd.x.com"), "odd.x.com");
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->pulses.size(), 2U);
    const Pulse& odd = answer->pulses[0];
    EXPECT_EQ(odd.malware_families, std::vector<std::string>{"PlainName"});
    EXPECT_EQ(odd.attack_ids, std::vector<std::string>{"T1568"});
    EXPECT_TRUE(odd.tags.empty());
    EXPECT_EQ(odd.tlp, "");
    EXPECT_EQ(odd.adversary, "17");
    EXPECT_EQ(odd.name, "name with \x1b[31mterminal\x07 escapes \xc2\x9b \xe2\x80\xae")
        << "escaped where it is written";
    EXPECT_EQ(answer->pulses[1].author, "");
    EXPECT_TRUE(parse_otx(R"({"pulse_info":{"count":"1","pulses":[7,null,{"id":1,"author":"plain",)"
                          R"("related_indicator_is_active":"0"}]},"validation":{},"sections":7})",
                          "x.com"));
}

TEST(OtxAnswer, TellsTheBenignFromThePopular) {
    const auto answer = parse_otx(FakeOtx::body_for("domain", "popular.com"), "popular.com");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->pulses.size(), 50U);
    EXPECT_EQ(answer->popular, std::vector<std::string>{"Akamai rank: #2138"});
    EXPECT_EQ(answer->benign,
              (std::vector<std::string>{"Whitelisted domain", "accepted as a false positive"}));
    const auto doubted =
        parse_otx(R"({"pulse_info":{"count":0,"pulses":[]},"validation":[{"source":"suspicious",)"
                  R"("message":"suspiciously short"}],"false_positive":[{"assessment":"pending"}]})",
                  "x.com");
    ASSERT_TRUE(doubted);
    EXPECT_TRUE(doubted->popular.empty() && doubted->benign.empty());
}

TEST(OtxAnswer, WithoutPulseInfoItIsNone) {
    EXPECT_EQ(parse_otx(R"({"detail": "Anonymous access is limited"})", "x.com").error(), errc::rate_limited);
    for (const char* body : {"{}", "[]", "7", R"({"pulse_info":[]})", R"({"pulse_info":{}})",
                             R"({"pulse_info":{"count":3,"pulses":[]}})", R"({"pulse_info":{"count":3}})"})
        EXPECT_EQ(parse_otx(body, "x.com").error(), errc::body_wrong_shape) << body;
    EXPECT_EQ(parse_otx("<html>", "x.com").error(), errc::body_not_json);
}

TEST(OtxAnswer, IsBounded) {
    std::string many = R"({"pulse_info":{"count":100,"pulses":[{"tags":[)";
    for (int i = 0; i < 1000; ++i) many += "\"" + std::string(1000, 'x') + "\",";
    many += R"("y"]})";
    for (int i = 0; i < 99; ++i) many += R"(,{"id":"1"})";
    const auto answer = parse_otx(many + "]}}", "x.com");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->pulses.size(), 64U);
    EXPECT_EQ(answer->pulses[0].tags.size(), 1001U) << "the filter looks at all";
    EXPECT_EQ(answer->pulses[0].tags[0].size(), 256U);
}

TEST(OtxVerdict, ItsCostIsCounted) {
    OtxVerdict verdict;
    const std::size_t empty = heap_bytes(std::make_shared<const OtxVerdict>(verdict));
    verdict.pulses.resize(3);
    verdict.pulses[0].name = std::string(1000, 'x');
    EXPECT_GT(heap_bytes(std::make_shared<const OtxVerdict>(verdict)), empty + 1000 + 3 * sizeof(Pulse));
}

}  // namespace
}  // namespace enrichd::test::otx_verdict_test

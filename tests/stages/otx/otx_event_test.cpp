#include "stages/otx/otx_event.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace enrichd::test::otx_event_test {
namespace {

constexpr WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

const Alert alert{"1795493062.0", {"001", "pc", "10.0.0.1"}, "www.x.com"};
const EventDomain domain{"x.com", now - std::chrono::hours(80), now};

Pulse pulse(const std::string& id) {
    Pulse out;
    out.id = id;
    out.name = "Loader campaign";
    out.author = "AlienVault";
    out.modified = "2026-07-02T09:14:07.412000";
    out.tags = {"loader"};
    out.malware_families = {"ExampleStealer"};
    out.attack_ids = {"T1071.004 - DNS"};
    out.tlp = "white";
    return out;
}

OtxVerdict verdict(std::vector<Pulse> pulses) {
    OtxVerdict out;
    out.pulse_count = pulses.size();
    out.pulses = std::move(pulses);
    out.confidence = Confidence::medium;
    out.reasons = {"1 pulse counted"};
    out.sections = {"general", "geo"};
    out.type = "hostname";
    out.base_indicator = R"({"id":7})";
    return out;
}

TEST(OtxEvent, HasTheKeysThatRulesAndTheOriginalScriptKnow) {
    const Event event =
        otx_event(alert, domain, OtxSubject::hostname, verdict({pulse("p1")}), Destination::siem);
    EXPECT_EQ(
        event.json,
        R"({"integration":"otx","otx":{"query":"www.x.com","matched":"hostname","pulse_count":1,)"
        R"("pulses":[{"id":"p1","name":"Loader campaign","author":"AlienVault",)"
        R"("modified":"2026-07-02T09:14:07.412000","tags":["loader"],"malware_families":["ExampleStealer"],)"
        R"("attack_ids":["T1071.004 - DNS"],"adversary":"","tlp":"white"}],"confidence":"medium",)"
        R"("reasons":["1 pulse counted"],"alert_id":"1795493062.0","domain":"x.com","age_days":3,)"
        R"("registered":"2026-11-20","reason":"OTX lists www.x.com in 1 pulse, with medium confidence."},"sections":["general","geo"],)"
        R"("type":"hostname","base_indicator":{"id":7}})");
    EXPECT_EQ(event.location, "[001] (pc) 10.0.0.1->otx");
    EXPECT_EQ(event.kind, "otx");
}

TEST(OtxEvent, NamesTheAgentWhereNothingElseDoes) {
    const Event event =
        otx_event(alert, domain, OtxSubject::domain, verdict({pulse("p1")}), Destination::active_response);
    EXPECT_EQ(event.destination, Destination::active_response);
    const auto otx = nlohmann::json::parse(event.json)["otx"];
    EXPECT_EQ(otx["agent"], nlohmann::json::parse(R"({"id":"001","name":"pc","ip":"10.0.0.1"})"));
    EXPECT_EQ(otx["matched"], "domain");
}

TEST(OtxEvent, HasTheContextOfItsAlertAndLeavesOutWhatIsNotKnown) {
    Alert with = alert;
    with.context = R"({"rule":"100500","level":3})";
    const EventDomain bare{"x.com"};
    auto otx = nlohmann::json::parse(
        otx_event(with, bare, OtxSubject::domain, verdict({pulse("p1"), pulse("p2")}), Destination::siem)
            .json)["otx"];
    EXPECT_EQ(otx["source"], nlohmann::json::parse(with.context));
    EXPECT_EQ(otx["reason"], "OTX lists x.com in 2 pulses, with medium confidence.");
    EXPECT_EQ(otx["domain"], "x.com");
    for (const char* key : {"age_days", "registered"}) EXPECT_FALSE(otx.contains(key)) << key;
    otx = nlohmann::json::parse(
        otx_event(alert, bare, OtxSubject::hostname, verdict({pulse("p1")}), Destination::siem).json)["otx"];
    EXPECT_FALSE(otx.contains("source"));
}

TEST(OtxEvent, OfAContextTheAnswersGoBeforeAnyPulse) {
    Alert with = alert;
    ContextTexts texts;
    texts.add({ContextField::process}, "/opt/agent/updater");
    for (int i = 0; i < 8; ++i) texts.add({ContextField::answers}, std::string(512, 'a'));
    with.context = texts.json(1);
    std::vector<Pulse> pulses(16, pulse("p"));
    for (Pulse& one : pulses) one.name = std::string(80, 'n');
    const Event event = otx_event(with, domain, OtxSubject::hostname, verdict(pulses), Destination::siem);
    EXPECT_LE(event.json.size(), max_event_bytes);
    const auto otx = nlohmann::json::parse(event.json)["otx"];
    EXPECT_EQ(otx["pulses"].size(), 16U);
    EXPECT_EQ(otx["source"]["process"], "/opt/agent/updater");
    EXPECT_LT(otx["source"].value("answers", nlohmann::json::array()).size(), 8U);
    EXPECT_EQ(otx.value("truncated", false), true);
}

TEST(OtxEvent, IsCutFromTheEndThatTellsLeastAndSaysSo) {
    std::vector<Pulse> pulses;
    for (int i = 0; i < 16; ++i) {
        pulses.push_back(pulse("p" + std::to_string(i)));
        pulses.back().tags.assign(16, std::string(100, 't'));
    }
    const Event event = otx_event(alert, domain, OtxSubject::hostname, verdict(pulses), Destination::siem);
    EXPECT_LE(event.json.size(), max_event_bytes);
    const auto whole = nlohmann::json::parse(event.json);
    EXPECT_EQ(whole["otx"]["truncated"], true);
    EXPECT_EQ(whole["otx"]["pulse_count"], 16) << "the count stays";
    EXPECT_EQ(whole["otx"]["pulses"][0]["id"], "p0");
    EXPECT_GT(whole["otx"]["pulses"].size(), 5U) << "lists go before pulses";
    EXPECT_EQ(whole["otx"]["query"], "www.x.com");
}

TEST(OtxEvent, StaysFarBelowWhatWazuhTakesWhateverOtxSays) {
    std::vector<Pulse> pulses(16, pulse(std::string(256, '\x01')));
    for (Pulse& one : pulses) {
        one.name = one.author = one.modified = one.adversary = one.tlp = std::string(256, '\x1b');
        one.tags = one.malware_families = one.attack_ids =
            std::vector<std::string>(16, std::string(256, '\x07'));
    }
    OtxVerdict hostile = verdict(pulses);
    hostile.reasons.assign(20, std::string(300, '\x02'));
    hostile.sections.assign(16, std::string(32, '\x03'));
    hostile.type = std::string(32, '\x03');
    Alert longest = alert;
    longest.query = std::string(1024, '\x01');
    ContextTexts texts;
    for (const ContextField field : {ContextField::process, ContextField::user, ContextField::client})
        texts.add({field}, std::string(512, '\x01'));
    longest.context = texts.json(1);
    const Event event = otx_event(longest, domain, OtxSubject::hostname, hostile, Destination::siem);
    EXPECT_LE(event.json.size(), 24U * 1024);
    EXPECT_TRUE(nlohmann::json::accept(event.json));
    EXPECT_TRUE(event.json.starts_with("{\""));
    EXPECT_EQ(event.json.find('\x1b'), std::string::npos) << "escaped";
}

}  // namespace
}  // namespace enrichd::test::otx_event_test

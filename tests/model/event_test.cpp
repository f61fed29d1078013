#include "model/event.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace enrichd::test::event_test {
namespace {

const Alert alert{"1795493062.0", {"001", "pc", "10.0.0.1"}, "www.x.com"};

DomainStatsAnswer answer(std::vector<std::string> alerts, bool first_contact) {
    DomainStatsAnswer out;
    out.verdict = {std::move(alerts), "NEW", {5.4865, 5.101}, "", "RDAP", "web", "you"};
    out.first_contact = first_contact;
    return out;
}

TEST(DomainStatsEvent, HasTheKeysOfTheOriginalInTheirOrder) {
    const Event event = domain_stats_event(alert, answer({"LOW-FREQ-SCORES"}, false));
    EXPECT_EQ(event.json,
              R"({"integration":"dnsstat","dnsstat":{"query":"www.x.com","alerts":["LOW-FREQ-SCORES"],)"
              R"("category":"NEW","freq_score":[5.4865,5.101],"seen_by_isc":"RDAP","seen_by_web":"web",)"
              R"("seen_by_you":"you","alert_id":"1795493062.0"}})");
    EXPECT_EQ(event.location, "[001] (pc) 10.0.0.1->dns_stats");
}

TEST(DomainStatsEvent, SaysTheFirstContactWhereTheServerWould) {
    const Event event = domain_stats_event(alert, answer({"LOW-FREQ-SCORES", "some text"}, true));
    EXPECT_NE(event.json.find(R"("alerts":["LOW-FREQ-SCORES","YOUR-FIRST-CONTACT","some text"])"),
              std::string::npos)
        << event.json;
}

TEST(DomainStatsEvent, WritesScoresAsTheyCame) {
    DomainStatsAnswer odd = answer({}, false);
    odd.verdict.freq_scores.clear();
    EXPECT_EQ(domain_stats_event(alert, odd).json.find("freq_score"), std::string::npos)
        << "a server without scores";
    odd.verdict.freq_text = "ERROR";
    EXPECT_NE(domain_stats_event(alert, odd).json.find(R"("freq_score":"ERROR")"), std::string::npos);
}

TEST(DomainStatsEvent, IsCutToSizeAndSaysSo) {
    const Event event =
        domain_stats_event(alert, answer(std::vector<std::string>(16, std::string(512, 'a')), false));
    EXPECT_LE(event.json.size(), max_event_bytes);
    const auto parsed = nlohmann::json::parse(event.json);
    EXPECT_EQ(parsed["dnsstat"]["truncated"], true);
    EXPECT_GT(parsed["dnsstat"]["alerts"].size(), 10U);
}

TEST(DomainStatsEvent, IsNeverLongerWhateverTheServerSays) {
    const std::string hostile(512, '\x01');  // six bytes each in JSON
    DomainStatsAnswer all = answer(std::vector<std::string>(16, hostile), false);
    all.verdict.freq_scores.clear();
    for (std::string* text : {&all.verdict.category, &all.verdict.freq_text, &all.verdict.seen_by_isc,
                              &all.verdict.seen_by_web, &all.verdict.seen_by_you, &all.verdict.age_failure})
        *text = hostile;
    const Event event = domain_stats_event(alert, all);
    EXPECT_LE(event.json.size(), max_event_bytes);
    EXPECT_EQ(nlohmann::json::parse(event.json)["dnsstat"]["truncated"], true);
}

TEST(DomainStatsEvent, IsValidUtf8WhateverComesIn) {
    Alert hostile = alert;
    hostile.query = "a\xff\"}\n.com";
    hostile.id = "\x01";
    DomainStatsAnswer odd = answer({"\xc3"}, false);
    const Event event = domain_stats_event(hostile, odd);
    EXPECT_TRUE(valid_utf8(event.json));
    EXPECT_TRUE(event.json.starts_with("{\""));
    EXPECT_TRUE(nlohmann::json::accept(event.json));
}

TEST(DomainStatsError, HasTheTextThatRulesMatch) {
    EXPECT_EQ(
        domain_stats_error(alert, "Connection Error to DNS Stats API").json,
        R"({"integration":"dnsstat","dnsstat":{"query":"www.x.com","error":"Connection Error to DNS Stats API",)"
        R"("alert_id":"1795493062.0"}})");
}

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
    const Event event = otx_event(alert, OtxSubject::hostname, verdict({pulse("p1")}), Destination::siem);
    EXPECT_EQ(
        event.json,
        R"({"integration":"otx","otx":{"query":"www.x.com","matched":"hostname","pulse_count":1,)"
        R"("pulses":[{"id":"p1","name":"Loader campaign","author":"AlienVault",)"
        R"("modified":"2026-07-02T09:14:07.412000","tags":["loader"],"malware_families":["ExampleStealer"],)"
        R"("attack_ids":["T1071.004 - DNS"],"adversary":"","tlp":"white"}],"confidence":"medium",)"
        R"("reasons":["1 pulse counted"],"alert_id":"1795493062.0"},"sections":["general","geo"],)"
        R"("type":"hostname","base_indicator":{"id":7}})");
    EXPECT_EQ(event.location, "[001] (pc) 10.0.0.1->otx");
    EXPECT_EQ(event.kind, "otx");
}

TEST(OtxEvent, NamesTheAgentWhereNothingElseDoes) {
    const Event event =
        otx_event(alert, OtxSubject::domain, verdict({pulse("p1")}), Destination::active_response);
    EXPECT_EQ(event.destination, Destination::active_response);
    const auto otx = nlohmann::json::parse(event.json)["otx"];
    EXPECT_EQ(otx["agent"], nlohmann::json::parse(R"({"id":"001","name":"pc","ip":"10.0.0.1"})"));
    EXPECT_EQ(otx["matched"], "domain");
}

TEST(OtxEvent, IsCutFromTheEndThatTellsLeastAndSaysSo) {
    std::vector<Pulse> pulses;
    for (int i = 0; i < 16; ++i) {
        pulses.push_back(pulse("p" + std::to_string(i)));
        pulses.back().tags.assign(16, std::string(100, 't'));
    }
    const Event event = otx_event(alert, OtxSubject::hostname, verdict(pulses), Destination::siem);
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
    const Event event = otx_event(longest, OtxSubject::hostname, hostile, Destination::siem);
    EXPECT_LE(event.json.size(), 24U * 1024);
    EXPECT_TRUE(nlohmann::json::accept(event.json));
    EXPECT_TRUE(event.json.starts_with("{\""));
    EXPECT_EQ(event.json.find('\x1b'), std::string::npos) << "escaped";
}

}  // namespace
}  // namespace enrichd::test::event_test

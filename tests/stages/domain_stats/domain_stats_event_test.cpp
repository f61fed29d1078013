#include "stages/domain_stats/domain_stats_event.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace enrichd::test::domain_stats_event_test {
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

}  // namespace
}  // namespace enrichd::test::domain_stats_event_test

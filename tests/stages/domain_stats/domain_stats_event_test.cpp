#include "stages/domain_stats/domain_stats_event.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace enrichd::test::domain_stats_event_test {
namespace {

constexpr WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

const Alert alert{"1795493062.0", {"001", "pc", "10.0.0.1"}, "www.x.com"};
const EventDomain domain{"x.com", now - std::chrono::hours(80), now};

DomainStatsAnswer answer(std::vector<std::string> alerts, bool first_contact) {
    DomainStatsAnswer out;
    out.verdict = {std::move(alerts), "NEW", {5.4865, 5.101}, "", "RDAP", "web", "you"};
    out.first_contact = first_contact;
    return out;
}

TEST(DomainStatsEvent, HasTheKeysOfTheOriginalInTheirOrder) {
    const Event event = domain_stats_event(alert, domain, answer({"LOW-FREQ-SCORES"}, false));
    EXPECT_EQ(
        event.json,
        R"({"integration":"dnsstat","dnsstat":{"query":"www.x.com","alerts":["LOW-FREQ-SCORES"],)"
        R"("category":"NEW","freq_score":[5.4865,5.101],"seen_by_isc":"RDAP","seen_by_web":"web",)"
        R"("seen_by_you":"you","alert_id":"1795493062.0","domain":"x.com","age_days":3,)"
        R"("registered":"2026-11-20","reason":"The domain x.com is new, registered 3 days ago; its name looks random."}})");
    EXPECT_EQ(event.location, "[001] (pc) 10.0.0.1->dns_stats");
}

TEST(DomainStatsEvent, SaysTheFirstContactWhereTheServerWould) {
    const Event event = domain_stats_event(alert, domain, answer({"LOW-FREQ-SCORES", "some text"}, true));
    EXPECT_NE(event.json.find(R"("alerts":["LOW-FREQ-SCORES","YOUR-FIRST-CONTACT","some text"])"),
              std::string::npos)
        << event.json;
}

TEST(DomainStatsEvent, WritesScoresAsTheyCame) {
    DomainStatsAnswer odd = answer({}, false);
    odd.verdict.freq_scores.clear();
    EXPECT_EQ(domain_stats_event(alert, domain, odd).json.find("freq_score"), std::string::npos)
        << "a server without scores";
    odd.verdict.freq_text = "ERROR";
    EXPECT_NE(domain_stats_event(alert, domain, odd).json.find(R"("freq_score":"ERROR")"), std::string::npos);
}

TEST(DomainStatsEvent, IsCutToSizeAndSaysSo) {
    const Event event =
        domain_stats_event(alert, domain, answer(std::vector<std::string>(16, std::string(512, 'a')), false));
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
    const Event event = domain_stats_event(alert, domain, all);
    EXPECT_LE(event.json.size(), max_event_bytes);
    EXPECT_EQ(nlohmann::json::parse(event.json)["dnsstat"]["truncated"], true);
}

TEST(DomainStatsEvent, IsValidUtf8WhateverComesIn) {
    Alert hostile = alert;
    hostile.query = "a\xff\"}\n.com";
    hostile.id = "\x01";
    DomainStatsAnswer odd = answer({"\xc3"}, false);
    const Event event = domain_stats_event(hostile, domain, odd);
    EXPECT_TRUE(valid_utf8(event.json));
    EXPECT_TRUE(event.json.starts_with("{\""));
    EXPECT_TRUE(nlohmann::json::accept(event.json));
}

/// An alert whose context is as long as one gets.
Alert with_long_context(char letter) {
    Alert out = alert;
    ContextTexts texts;
    for (const ContextField field : {ContextField::process, ContextField::user, ContextField::client})
        texts.add({field}, std::string(512, letter));
    for (int i = 0; i < 8; ++i) texts.add({ContextField::answers}, std::string(512, letter));
    out.context = texts.json(1);
    return out;
}

TEST(DomainStatsEvent, HasTheContextOfItsAlert) {
    Alert with = alert;
    with.context = R"({"rule":"100500","level":3,"answers":["192.0.2.7"]})";
    const Event event = domain_stats_event(with, domain, answer({}, true));
    const std::string end =
        R"(registered 3 days ago.","source":{"rule":"100500","level":3,"answers":["192.0.2.7"]}}})";
    EXPECT_TRUE(event.json.ends_with(end)) << event.json;
}

TEST(DomainStatsEvent, LeavesOutWhatIsNotKnown) {
    const auto said = nlohmann::json::parse(domain_stats_event(alert, {}, answer({}, true)).json)["dnsstat"];
    for (const char* key : {"domain", "age_days", "registered", "source", "truncated"})
        EXPECT_FALSE(said.contains(key)) << key;
    EXPECT_EQ(said["reason"], "First contact of this network with a domain.");
}

TEST(DomainStatsEvent, HasAllOfALongContextThatFits) {
    const auto said =
        nlohmann::json::parse(domain_stats_event(with_long_context('a'), domain, answer({}, true)).json);
    EXPECT_EQ(said["dnsstat"]["source"]["answers"].size(), 8U);
    EXPECT_FALSE(said["dnsstat"].contains("truncated"));
}

TEST(DomainStatsEvent, OfALongContextTheAnswersGoFirstThenTheEndsOfTexts) {
    const auto said = [](const DomainStatsAnswer& about) {
        const Event event = domain_stats_event(with_long_context('a'), domain, about);
        EXPECT_LE(event.json.size(), max_event_bytes);
        return nlohmann::json::parse(event.json)["dnsstat"];
    };
    auto event = said(answer(std::vector<std::string>(6, std::string(512, 'b')), false));
    EXPECT_EQ(event["truncated"], true);
    EXPECT_EQ(event["alerts"].size(), 6U);
    EXPECT_GT(event["source"]["answers"].size(), 1U);
    EXPECT_LT(event["source"]["answers"].size(), 8U);
    EXPECT_EQ(event["source"]["process"], std::string(512, 'a'));
    event = said(answer(std::vector<std::string>(16, std::string(512, 'b')), false));
    EXPECT_FALSE(event["source"].contains("answers"));
    EXPECT_EQ(event["source"]["process"], std::string(128, 'a'));
    EXPECT_GT(event["alerts"].size(), 10U);
}

TEST(DomainStatsEvent, IsNeverLongerWhateverTheAlertAndTheServerSay) {
    Alert hostile = with_long_context('\x01');
    hostile.query = std::string(1024, '\x01');
    DomainStatsAnswer all = answer(std::vector<std::string>(16, std::string(512, '\x01')), true);
    for (std::string* text : {&all.verdict.category, &all.verdict.seen_by_isc, &all.verdict.seen_by_web})
        *text = std::string(512, '\x01');
    for (const Event& event : {domain_stats_event(hostile, domain, all),
                               domain_stats_error(hostile, "x.com", std::string(512, '\x01'))}) {
        EXPECT_LE(event.json.size(), max_event_bytes);
        EXPECT_EQ(nlohmann::json::parse(event.json)["dnsstat"]["truncated"], true);
    }
}

TEST(DomainStatsError, HasTheTextThatRulesMatch) {
    EXPECT_EQ(
        domain_stats_error(alert, "x.com", "Connection Error to DNS Stats API").json,
        R"({"integration":"dnsstat","dnsstat":{"query":"www.x.com","error":"Connection Error to DNS Stats API",)"
        R"("alert_id":"1795493062.0","domain":"x.com"}})");
}

TEST(DomainStatsError, HasTheContextOfItsAlert) {
    Alert with = alert;
    with.context = R"({"rule":"100500"})";
    EXPECT_TRUE(domain_stats_error(with, "x.com", "e")
                    .json.ends_with(R"("domain":"x.com","source":{"rule":"100500"}}})"));
}

}  // namespace
}  // namespace enrichd::test::domain_stats_event_test

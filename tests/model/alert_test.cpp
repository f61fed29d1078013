#include "model/alert.hpp"

#include <gtest/gtest.h>

#include "support/alerts.hpp"

namespace enrichd::test::alert_test {
namespace {

const AlertFields fields;

error refused(const std::string& text) {
    return decode_alert(text, fields).error();
}

TEST(Alert, HoldsIdAgentAndNameOfARealSysmonEvent) {
    const auto alert = decode_alert(alert_for("img.akamaized.net", "1795493062.7"), fields);
    ASSERT_TRUE(alert);
    EXPECT_EQ(alert->id, "1795493062.7");
    EXPECT_EQ(alert->agent, (Agent{"001", "pc-17", "10.0.0.1"}));
    EXPECT_EQ(alert->query, "img.akamaized.net");
}

TEST(Alert, TakesTheFirstFieldThatHoldsAText) {
    EXPECT_EQ(
        decode_alert(R"({"data":{"dns":{"rrname":"b.com"},"dnsstat":{"query":"a.com"}}})", fields)->query,
        "a.com");
    EXPECT_EQ(decode_alert(R"({"data":{"dns":{"rrname":"b.com"},"dnsstat":{"query":[7]}}})", fields)->query,
              "b.com");
    for (const char* none : {"", " ", "-", "N/A", "\\u0000"})
        EXPECT_EQ(decode_alert(R"({"data":{"dnsstat":{"query":")" + std::string(none) +
                                   R"("},"dns":{"rrname":"b.com"}}})",
                               fields)
                      ->query,
                  "b.com");
}

TEST(Alert, ReadsFieldsOfTheUsersOwn) {
    const AlertFields own({"/data/srv~1name/x~0y"});
    EXPECT_EQ(decode_alert(R"({"data":{"srv/name":{"x~y":"a.com"}}})", own)->query, "a.com");
}

TEST(Alert, ReadsElementsOfLists) {
    const std::string text =
        R"({"data":{"q":[{"n":"-"},{"x":[1,{"n":"deep.com"}],"n":"one.com"},{"n":"two.com"}],"0":{"n":"key.com"}}})";
    const auto query = [&](const std::string& pointer) {
        const auto alert = decode_alert(text, AlertFields({pointer}));
        return alert ? alert->query : std::string(label(alert.error()));
    };
    EXPECT_EQ(query("/data/q/-/n"), "one.com") << "the first that is a name";
    EXPECT_EQ(query("/data/q/2/n"), "two.com");
    EXPECT_EQ(query("/data/q/1/x/1/n"), "deep.com");
    EXPECT_EQ(query("/data/q/-/x/-/n"), "deep.com");
    EXPECT_EQ(query("/data/0/n"), "key.com") << "in an object a number is a key";
    for (const char* absent : {"/data/q/3/n", "/data/q/01/n", "/data/q/n", "/data/-/n"})
        EXPECT_EQ(query(absent), "name_missing") << absent;
    EXPECT_EQ(query("/data/q/0/n"), "") << "a hyphen is no name";
    EXPECT_EQ(query("/data/q"), "name_not_text");
}

TEST(Alert, ReadsListsOfTexts) {
    const std::string text = R"({"data":{"names":["","a.com","b.com"],"more":[["c.com"],7,{"x":"d.com"}]}})";
    EXPECT_EQ(decode_alert(text, AlertFields({"/data/names"}))->query, "a.com");
    EXPECT_EQ(decode_alert(text, AlertFields({"/data/names/2"}))->query, "b.com");
    EXPECT_EQ(decode_alert(text, AlertFields({"/data/more/0"}))->query, "c.com");
    EXPECT_EQ(decode_alert(text, AlertFields({"/data/more/-/x"}))->query, "d.com");
    EXPECT_EQ(decode_alert(text, AlertFields({"/data/more"})).error(), errc::name_not_text);
}

TEST(Alert, ReadsTheListsOfSuricata) {
    for (const char* data :
         {R"({"dns":{"version":3,"queries":[{"rrname":"a.com","rrtype":"A"}]}})",
          R"({"dns":{"query":[{"type":"query","rrname":"a.com"}]}})",
          R"({"dns":{"question":[{"name":"a.com"}]}})", R"({"dns":{"question":{"name":"a.com"}}})"})
        EXPECT_EQ(decode_alert(R"({"data":)" + std::string(data) + "}", fields)->query, "a.com") << data;
}

TEST(Alert, HalvesOfCharactersDoNotLoseIt) {
    EXPECT_EQ(
        decode_alert(R"({"message":"\ud800 \udc00","data":{"dnsstat":{"query":"a.com"}}})", fields)->query,
        "a.com");
    EXPECT_EQ(decode_alert(R"({"data":{"dnsstat":{"query":"\ud800.a.com"}}})", fields)->query,
              "\xef\xbf\xbd.a.com");
    EXPECT_EQ(refused(R"({"a":\ud800})"), errc::alert_not_json);
}

TEST(Alert, NumbersAreAsGoodAsTextsButForAName) {
    const auto alert = decode_alert(
        R"({"id":1795493062.25,"agent":{"id":34},"data":{"dnsstat":{"query":"a.com"}}})", fields);
    EXPECT_EQ(alert->id, "1795493062.25");
    EXPECT_EQ(alert->agent.id, "34");
    EXPECT_EQ(refused(R"({"data":{"dnsstat":{"query":7}}})"), errc::name_not_text);
}

TEST(Alert, OfSeveralInOneTextTheFirstIsRead) {
    EXPECT_EQ(decode_alert(alert_for("a.com") + alert_for("b.com"), fields)->query, "a.com");
}

TEST(Alert, OneTextMayBeWantedTwiceAlsoWithAnEscapeInIt) {
    const AlertFields agent({"/agent/name"});
    const auto alert = decode_alert(R"({"agent":{"name":"b\u00fccher.de"}})", agent);
    EXPECT_EQ(alert->agent.name,
              "b\xc3\xbc"
              "cher.de");
    EXPECT_EQ(alert->query,
              "b\xc3\xbc"
              "cher.de");
}

TEST(Alert, MayBeginWithAByteOrderMark) {
    const AlertFields agent({"/x"});
    EXPECT_EQ(decode_alert("\xef\xbb\xbf{\"x\":\"a.com\"}", agent)->query, "a.com");
    EXPECT_EQ(decode_alert("\xef\xbb\xbf\xef\xbb\xbf{}", agent).error(), errc::alert_not_json);
}

TEST(Alert, ANameThatBecameAnArrayIsNotText) {
    EXPECT_EQ(refused(alert_for({1, 2})), errc::name_not_text);
    EXPECT_EQ(decode_alert(alert_for({"a.com"}), fields)->query, "a.com")
        << "but an array of texts means them";
    EXPECT_EQ(refused(alert_for(nullptr)), errc::name_not_text);
    EXPECT_EQ(refused(alert_for({{"queryName", "a.com"}})), errc::name_not_text);
}

TEST(Alert, AFieldOnAConditionCountsWhereverInTheAlertThatIsMet) {
    const AlertFields zeek({"zeek:/data/query", "/data/other"});
    const auto query = [&](const std::string& data) {
        const auto alert = decode_alert(R"({"data":)" + data + "}", zeek);
        return alert ? alert->query : std::string(label(alert.error()));
    };
    EXPECT_EQ(query(R"({"uid":"C1","query":"a.com","other":"b.com"})"), "a.com");
    EXPECT_EQ(query(R"({"query":"a.com","other":"b.com","id.orig_h":"192.0.2.1"})"), "a.com");
    EXPECT_EQ(query(R"({"query":"a.com","other":"b.com"})"), "b.com");
    EXPECT_EQ(query(R"({"query":"a.com"})"), "name_missing");
    EXPECT_EQ(query(R"({"query":[1]})"), "name_missing") << "as if it were not there";
    EXPECT_EQ(query(R"({"query":[1],"uid":"C1"})"), "name_not_text");
    EXPECT_EQ(query(R"({"query":"-","uid":"C1"})"), "");
    EXPECT_EQ(query(R"({"query":"a.com","uid":["C1"]})"), "name_missing") << "no text and no number";
}

TEST(Alert, HasAContext) {
    const auto alert = decode_alert(alert_for("a.com"), fields);
    EXPECT_EQ(alert->context,
              R"({"rule":"100500","level":3,"time":"2026-11-24T04:04:22.734+0000",)"
              R"("process":"C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",)"
              R"("user":"EXAMPLE\\jane","query_status":"0",)"
              R"("answers":["a1834.dspg2.akamai.net","181.30.131.40","181.30.131.42"]})");
}

TEST(Alert, WithoutANameItIsStillAProperAlert) {
    EXPECT_EQ(refused("{}"), errc::name_missing);
    EXPECT_EQ(refused(R"({"data":{"win":[{"eventdata":{"queryName":"in.an.array.com"}}]}})"),
              errc::name_missing);
    EXPECT_EQ(refused(R"({"data":{"win":{"eventdata":{"deeper":{"queryName":"a.com"}}}}})"),
              errc::name_missing);
}

TEST(Alert, OurOwnEventsAreRefused) {
    AlertFields own;
    own.refuse({"dnsstat", "otx"});
    const auto of = [&](const std::string& integration) {
        return decode_alert(
            R"({"data":{"integration":")" + integration + R"(","dnsstat":{"query":"a.com"}}})", own);
    };
    EXPECT_EQ(of("dnsstat").error(), errc::own_event);
    EXPECT_EQ(of("otx").error(), errc::own_event);
    EXPECT_TRUE(of("virustotal"));
    EXPECT_TRUE(of(""));
}

TEST(Alert, AnythingButAWholeJsonObjectIsRefused) {
    for (const char* text : {"", " ", "{", "[]", "\"text\"", "17", "null", "{}}", "{\"a\":1,}", "key='value'",
                             "{\"id\":\"1\"} x"})
        EXPECT_EQ(refused(text), errc::alert_not_json) << text;
    EXPECT_EQ(refused("{}\n"), errc::name_missing) << "Wazuh ends the file with a newline";
}

TEST(Alert, NestingIsBounded) {
    const auto nested = [](std::size_t depth) {
        std::string text;
        for (std::size_t i = 0; i < depth; ++i) text += "{\"a\":";
        return text + "1" + std::string(depth, '}');
    };
    EXPECT_EQ(refused(nested(64)), errc::name_missing);
    EXPECT_EQ(refused(nested(65)), errc::alert_too_deep);
    EXPECT_EQ(refused("{\"a\":" + std::string(60'000, '[')), errc::alert_too_deep);
}

TEST(Alert, BytesThatAreNotUtf8DoNotLoseIt) {
    std::string text = alert_for("a.com");
    text.insert(text.find("jane"), "\xfc");
    EXPECT_EQ(decode_alert(text, fields)->query, "a.com");
}

TEST(Alert, TextsOfStrangersAreCut) {
    const std::string text = R"({"id":")" + std::string(5000, 'i') + R"(","agent":{"id":"1","name":")" +
                             std::string(5000, 'n') + R"("},"data":{"dnsstat":{"query":")" +
                             std::string(5000, 'q') + R"("}}})";
    const auto alert = decode_alert(text, fields);
    EXPECT_EQ(alert->id.size(), 64U);
    EXPECT_EQ(alert->agent.name.size(), 255U);
    EXPECT_EQ(alert->query.size(), 1024U);
}

/// As execd writes it: an alert of ours that a rule answers by an active response.
std::string response(const std::string& data, const std::string& command = "add",
                     const std::string& rule = R"({"groups":["dnsstat"]})") {
    return R"({"version":1,"origin":{"name":"node01","module":"wazuh-execd"},"command":")" + command +
           R"(","parameters":{"extra_args":[],"alert":{"id":"17.4","agent":{"id":"001","name":"pc","ip":"10.0.0.1"},)"
           R"("rule":)" +
           rule + R"(,"data":)" + data + R"(},"program":"active-response/bin/enrich-otx"}})";
}

TEST(ActiveResponse, HoldsTheAlert) {
    const AlertFields within = fields.within_active_response();
    const auto read = decode_active_response(
        response(R"({"integration":"dnsstat","dnsstat":{"query":"a.com","category":"NEW","alerts":["x"]}})"),
        within);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->query, "a.com");
    EXPECT_EQ(read->id, "17.4");
    EXPECT_EQ(read->agent, (Agent{"001", "pc", "10.0.0.1"}));
}

TEST(ActiveResponse, TakesTheUsersFieldsAndAlwaysOurOwn) {
    const AlertFields within = AlertFields({"/data/srv"}).within_active_response();
    EXPECT_EQ(decode_active_response(response(R"({"srv":"b.com"})"), within)->query, "b.com");
    EXPECT_EQ(
        decode_active_response(response(R"({"srv":"b.com","dnsstat":{"query":"a.com"}})"), within)->query,
        "a.com");
}

TEST(ActiveResponse, DoesNotLookAtTheRulesGroups) {
    const AlertFields within = fields.within_active_response();
    for (const char* rule :
         {R"({})", R"({"groups":[]})", R"({"groups":["windows"," sysmonsysmon_event_22"]})",
          R"({"groups":"dnsstat"})", R"({"groups":[[1],null]})", "null"})
        EXPECT_TRUE(decode_active_response(response(R"({"dnsstat":{"query":"a.com"}})", "add", rule), within))
            << rule;
}

TEST(ActiveResponse, WhatAsksForNothingIsRefusedByItsReason) {
    AlertFields within = fields.within_active_response();
    within.refuse({"otx"});
    const auto refused = [&](const std::string& text) {
        return decode_active_response(text, within).error();
    };
    EXPECT_EQ(refused(response(R"({"dnsstat":{"query":"a.com"}})", "delete")), errc::other_command);
    EXPECT_EQ(refused(response(R"({"integration":"otx","otx":{"query":"a.com"}})")), errc::own_event);
    EXPECT_EQ(refused(response("{}")), errc::name_missing);
    EXPECT_EQ(refused(response(R"({"dnsstat":{"query":[7]}})")), errc::name_not_text);
    EXPECT_EQ(refused(R"({"command":"add","parameters":{"alert":null}})"), errc::name_missing);
    EXPECT_EQ(refused(alert_for("a.com")), errc::other_command) << "no active response at all";
    EXPECT_EQ(refused("{\"command\":\"add\""), errc::alert_not_json);
    EXPECT_EQ(refused(""), errc::alert_not_json);
}

}  // namespace
}  // namespace enrichd::test::alert_test

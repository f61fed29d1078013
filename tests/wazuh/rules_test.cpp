// Every rule that we ship or show in the documentation, with the regular expressions of Wazuh.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "support/temp_dir.hpp"
#include "support/wazuh_rules.hpp"
#include "wazuh/alert_source.hpp"
#include "wazuh/home.hpp"
#include "wazuh/xml.hpp"

namespace enrichd::wazuh::test::rules_test {
namespace {

using namespace enrichd::test;
using Json = nlohmann::json;

Json domain_stats(const Json& more) {
    Json event{
        {"integration", "dnsstat"},
        {"dnsstat", {{"query", "www.example.org"}, {"alerts", Json::array()}, {"category", "ESTABLISHED"}}}};
    event["dnsstat"].update(more);
    return event;
}

Json first_contact(const Json& source) {
    return domain_stats({{"alerts", {"YOUR-FIRST-CONTACT"}}, {"source", source}});
}

Json otx(const Json& more) {
    Json event{{"integration", "otx"}, {"otx", {{"query", "evil.example.org"}, {"pulse_count", 1}}}};
    event["otx"].update(more);
    return event;
}

Json list(const Json& more) {
    Json out{{"query", "bad.example"}, {"name", "urlhaus"}, {"label", "malware"}, {"confidence", "medium"}};
    out.update(more);
    return {{"integration", "list"}, {"list", out}};
}

Json burst(const Json& more) {
    Json out{{"query", "a.org"}, {"reason", "Many."}};
    out.update(more);
    return {{"integration", "burst"}, {"burst", out}};
}

WazuhRules shipped() {
    WazuhRules rules;
    rules.load(std::string(rules_text()));
    return rules;
}

/// The pieces of XML in a page.
std::vector<std::string> xml_examples(const std::filesystem::path& page) {
    std::vector<std::string> out;
    const std::string text = read_file(page);
    for (std::size_t at = text.find("```xml\n"); at != std::string::npos; at = text.find("```xml\n", at)) {
        at += 7;
        out.push_back(text.substr(at, text.find("```", at) - at));
    }
    return out;
}

std::vector<std::filesystem::path> pages() {
    std::vector<std::filesystem::path> out{ENRICHD_SOURCE "/README.md"};
    for (const auto& entry : std::filesystem::directory_iterator(ENRICHD_SOURCE "/docs"))
        if (entry.path().extension() == ".md") out.push_back(entry.path());
    return out;
}

TEST(WazuhRegex, ABackslashDotIsAnyCharacterAndABareDotIsADot) {
    EXPECT_TRUE(os_regex(R"(\.partner.com$)", "evilpartner.com")) << "which is why names need pcre2";
    EXPECT_FALSE(os_regex(R"(\.partner.com$)", "partner.com"));
    EXPECT_FALSE(os_regex("a.c", "abc"));
    EXPECT_TRUE(os_regex("a.c", "xA.Cx")) << "unanchored, and case does not count";
    EXPECT_TRUE(os_regex("^dnsstat$", "DNSstat"));
    EXPECT_FALSE(os_regex("^dnsstat$", "dnsstats"));
    EXPECT_TRUE(os_regex("LOW|SUSPECT", "[\"suspect\"]"));
    EXPECT_TRUE(os_regex(R"(\.+)", "x"));
    EXPECT_FALSE(os_regex(R"(\.+)", ""));
    EXPECT_TRUE(os_regex(R"(^\d+\s\w+$)", "12 a-b@c_d"));
    EXPECT_TRUE(os_regex(R"(a\$b)", "a$b"));
}

TEST(WazuhRegex, RefusesWhatWazuhWouldUnderstandInAnotherWay) {
    for (const char* pattern : {R"((^|\.)a$)", "a+", ".*", "[a-z]", R"(\x)", R"(\w*\d)", "\\"})
        EXPECT_THROW(os_regex(pattern, "a"), std::invalid_argument) << pattern;
}

TEST(WazuhRegex, OsMatchIsATextWithMarks) {
    EXPECT_TRUE(os_match("^a|b$", "xb"));
    EXPECT_TRUE(os_match("A.c", "xa.cx"));
    EXPECT_FALSE(os_match("^a$", "ab"));
}

TEST(ShippedRules, FireForTheEventsThatTheyAreFor) {
    const WazuhRules rules = shipped();
    const struct {
        const char* rule;
        int level;
        Json event;
    } cases[] = {
        {"100610", 5, domain_stats({{"alerts", {"SOMETHING-ELSE"}}})},
        {"100611", 5, domain_stats({{"alerts", {"YOUR-FIRST-CONTACT", "LOW-FREQ-SCORES"}}})},
        {"100611", 5, domain_stats({{"alerts", {"SUSPECT-FREQ-SCORE"}}})},
        {"100612", 5, domain_stats({{"alerts", {"YOUR-FIRST-CONTACT"}}})},
        {"100303", 6, first_contact({{"process", "C:\\\\Windows\\\\System32\\\\certutil.exe"}})},
        {"100304", 3, first_contact({{"query_status", "9003"}})},
        {"100613", 5, domain_stats({{"category", "NEW"}, {"alerts", {"YOUR-FIRST-CONTACT"}}})},
        {"100613", 5, domain_stats({{"category", "NEW"}, {"alerts", {"SUSPECT-FREQ-SCORE"}}})},
        {"100301", 8, domain_stats({{"category", "NEW"}, {"alerts", {"LOW-FREQ-SCORES"}}})},
        {"100613", 5,
         domain_stats({{"category", "NEW"},
                       {"alerts", {"YOUR-FIRST-CONTACT"}},
                       {"first_on_agent", true},
                       {"agents", 1},
                       {"severity", "low"}})},
        {"100306", 4,
         domain_stats(
             {{"category", "NEW"}, {"alerts", Json::array()}, {"first_on_agent", true}, {"agents", 2}})},
        {"100307", 6, domain_stats({{"category", "NEW"}, {"alerts", Json::array()}, {"agents", 1}})},
        {"100360", 8,
         domain_stats({{"category", "NEW"}, {"alerts", {"YOUR-FIRST-CONTACT"}}, {"severity", "medium"}})},
        {"100361", 12,
         domain_stats({{"category", "NEW"}, {"alerts", {"LOW-FREQ-SCORES"}}, {"severity", "high"}})},
        {"100362", 14,
         domain_stats({{"category", "NEW"}, {"alerts", {"LOW-FREQ-SCORES"}}, {"severity", "critical"}})},
        {"100614", 5, {{"integration", "dnsstat"}, {"dnsstat", {{"query", "a.org"}, {"error", "down"}}}}},
        {"100615", 5, domain_stats({{"category", "ERROR"}})},
        {"100302", 3, {{"integration", "selftest"}, {"selftest", {{"name", "0.selftest.enrichd.invalid"}}}}},
        {"100080", 12, otx({{"confidence", "medium"}})},
        {"100080", 12, otx(Json::object())},
        {"100081", 14, otx({{"confidence", "high"}})},
        {"100082", 6, otx({{"confidence", "low"}})},
        {"100305", 8, domain_stats({{"alerts", {"ISC-FIRST-SEEN", "ISC-WARNING"}}})},
        {"100610", 5, domain_stats({{"alerts", {"ISC-FIRST-SEEN"}}})},
        {"100350", 8, list({{"confidence", "medium"}})},
        {"100351", 12, list({{"confidence", "high"}})},
        {"100352", 5, list({{"confidence", "low"}})},
        {"100353", 10, list({{"label", "rmm"}, {"source", {{"process", "C:\\x\\updater.exe"}}}})},
        {"100350", 8, list({{"label", "rmm"}, {"source", {{"process", "C:\\x\\firefox.exe"}}}})},
        {"100351", 12, list({{"label", "rmm"}, {"confidence", "high"}, {"source", {{"process", "x"}}}})},
        {"100354", 10, list({{"retro", true}, {"agents", 2}})},
        {"100351", 12, list({{"retro", true}, {"confidence", "high"}})},
        {"100370", 8, burst({{"kind", "nxdomain"}, {"severity", "medium"}})},
        {"100371", 10, burst({{"kind", "tunnel"}, {"severity", "medium"}})},
        {"100372", 12, burst({{"kind", "nxdomain"}, {"severity", "high"}})},
        {"100373", 12, burst({{"kind", "tunnel"}, {"severity", "critical"}})},
        {"100352", 5, list({{"retro", true}, {"confidence", "low"}})},
    };
    std::vector<std::string> fired{"100300"};
    for (const auto& one : cases) {
        const Fired alert = rules.fire(one.event);
        EXPECT_EQ(alert.id, one.rule) << one.event;
        EXPECT_EQ(alert.level, one.level) << one.event;
        fired.push_back(alert.id);
    }
    for (const std::string& id : rules.ids())
        EXPECT_NE(std::find(fired.begin(), fired.end(), id), fired.end()) << id << " has no case here";
}

TEST(ShippedRules, FireForNobodyElsesEvents) {
    const WazuhRules rules = shipped();
    for (const Json& event :
         {Json{{"integration", "mydnsstats"}}, Json{{"integration", "otx2"}}, Json{{"integration", {"otx"}}},
          Json{{"sections", {"general"}}, {"type", "hostname"}}, Json{{"integration", "virustotal"}}})
        EXPECT_EQ(rules.fire(event).id, "") << event;
}

TEST(ShippedRules, TellBrowsersFromOtherProcesses) {
    const WazuhRules rules = shipped();
    for (const char* browser :
         {R"(C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe)",
          R"(C:\Program Files\Mozilla Firefox\FIREFOX.EXE)", R"(C:\x\msedgewebview2.exe)", "firefox",
          "/usr/lib/firefox-esr/firefox-esr", "/opt/brave.com/brave/brave"})
        EXPECT_EQ(rules.fire(first_contact({{"process", browser}})).id, "100612") << browser;
    for (const char* other : {R"(C:\Users\a\AppData\Local\Temp\notchrome.exe)", R"(C:\chrome\evil.exe)",
                              R"(C:\x\chrome.exe.exe)", R"(C:\x\chrome.exe )", "/opt/agent/bin/updater", "x"})
        EXPECT_EQ(rules.fire(first_contact({{"process", other}})).id, "100303") << other;
    EXPECT_EQ(rules.fire(first_contact({{"user", "a"}})).id, "100612") << "nobody knows the process";
    EXPECT_EQ(rules.fire(domain_stats({{"category", "NEW"}, {"source", {{"process", "powershell"}}}})).id,
              "100613")
        << "no first contact";
}

TEST(ShippedRules, GradeANameThatDoesNotExistLower) {
    const WazuhRules rules = shipped();
    for (const char* status : {"9003", "NXDOMAIN", "3"}) {
        EXPECT_EQ(rules.fire(first_contact({{"query_status", status}})).id, "100304") << status;
        EXPECT_EQ(rules.fire(first_contact({{"query_status", status}, {"process", "powershell"}})).id,
                  "100304")
            << status;
    }
    for (const char* status : {"0", "9701", "93", "33", "NOERROR"})
        EXPECT_EQ(rules.fire(first_contact({{"query_status", status}})).id, "100612") << status;
}

TEST(ShippedRules, AreWithoutTheRuleForEvent22WhenArchivesAreRead) {
    EXPECT_EQ(rules_for(AlertSource::integration), rules_text());
    EXPECT_EQ(rules_for(AlertSource::alerts), rules_text());
    WazuhRules rules;
    rules.load(rules_for(AlertSource::archives));
    std::vector<std::string> all = shipped().ids();
    ASSERT_EQ(all.front(), "100300");
    all.erase(all.begin());
    EXPECT_EQ(rules.ids(), all);
    EXPECT_EQ(rules_for(AlertSource::archives).find("61650"), std::string::npos);
}

TEST(ShippedRules, HaveIdsThatNobodyElseUses) {
    static const std::vector<std::string> of_the_original{"100610", "100611", "100612", "100613",
                                                          "100614", "100615", "100080"};
    std::vector<std::string> ids = shipped().ids();
    std::string unused;
    const auto event_rules = read_rules(std::string(event_rules_text()), unused);
    for (const Rule& rule : *event_rules) ids.push_back(rule.id);
    for (const std::string& id : ids) {
        EXPECT_EQ(std::count(ids.begin(), ids.end(), id), 1) << id;
        const int number = std::stoi(id);
        const bool original =
            std::find(of_the_original.begin(), of_the_original.end(), id) != of_the_original.end();
        EXPECT_TRUE(original || number == 100081 || number == 100082 || (number >= 100300 && number < 100380))
            << id;
    }
}

TEST(ShippedRules, DescribeAnEventInWords) {
    const WazuhRules rules = shipped();
    EXPECT_EQ(rules.fire(otx({{"confidence", "high"}})).description,
              "AlienVault OTX knows evil.example.org well. Pulses: 1");
    EXPECT_EQ(rules.fire(domain_stats({{"category", "NEW"}})).description,
              "Domain Stats: www.example.org was registered lately");
}

TEST(DocumentedRules, SilenceTheNamesThatTheySayAndNoOthers) {
    WazuhRules rules = shipped();
    std::size_t examples = 0;
    for (const auto& page : pages())
        for (const std::string& xml : xml_examples(page))
            if (xml.find("<rule ") != std::string::npos) {
                EXPECT_NO_THROW(rules.load(xml)) << page << xml;
                ++examples;
            }
    EXPECT_EQ(examples, 1U) << "each needs a case below";
    const auto fires = [&](const char* name) {
        return rules.fire(domain_stats({{"query", name}, {"alerts", {"YOUR-FIRST-CONTACT"}}})).id;
    };
    for (const char* name : {"partner.com", "www.partner.com", "a.b.PARTNER.com"})
        EXPECT_EQ(fires(name), "100390") << name;
    for (const char* name :
         {"evilpartner.com", "partner.com.evil.net", "partnerXcom", "www-partner.com", "partner.com-x.net"})
        EXPECT_EQ(fires(name), "100612") << name;
}

/// A literal dot that was meant, in a pattern of Wazuh's default regex: `\.` and a letter.
TEST(DocumentedRules, ShowNoEscapedDotInTheDefaultRegex) {
    static const std::regex pattern(R"(<(field|regex|match|hostname|location)\b([^>]*)>([^<]*)<)");
    std::vector<std::filesystem::path> files = pages();
    for (const auto& entry : std::filesystem::directory_iterator(ENRICHD_SOURCE "/packaging/wazuh"))
        files.push_back(entry.path());
    for (const auto& file : files) {
        const std::string text = read_file(file);
        for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
            if ((*at)[2].str().find("pcre2") == std::string::npos) {
                EXPECT_FALSE(std::regex_search((*at)[3].str(), std::regex(R"(\\\.[A-Za-z0-9])")))
                    << file << ": " << at->str();
            }
    }
}

}  // namespace
}  // namespace enrichd::wazuh::test::rules_test

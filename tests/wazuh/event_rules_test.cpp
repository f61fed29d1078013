// The rules for more kinds of DNS events, beside stand-ins of Wazuh's stock rules and of rules of others.
#include "wazuh/event_rules.hpp"

#include <nlohmann/json.hpp>

#include "support/wazuh_rules.hpp"
#include "wazuh/made_up_home.hpp"

namespace enrichd::wazuh::test::event_rules_test {
namespace {

using Json = nlohmann::json;

/// Each has what decides whether one of ours is reached: its level, its parents, and what it is for.
constexpr const char* stock_rules = R"(
<group name="ids,suricata,">
  <rule id="86600" level="0"><decoded_as>json</decoded_as><field name="timestamp">\.+</field>
    <field name="event_type">\.+</field><description>s</description></rule>
  <rule id="86602" level="0"><if_sid>86600</if_sid><field name="event_type">^http$</field>
    <description>s</description></rule>
  <rule id="86603" level="0"><if_sid>86600</if_sid><field name="event_type">^dns$</field>
    <description>s</description></rule>
  <rule id="86604" level="0"><if_sid>86600</if_sid><field name="event_type">^tls$</field>
    <description>s</description></rule>
</group>
<group name="windows,">
  <rule id="60000" level="0"><decoded_as>windows_eventchannel</decoded_as>
    <field name="win.system.providerName">\.+</field><description>w</description></rule>
  <rule id="60009" level="0"><if_sid>60000</if_sid><field name="win.system.severityValue">^INFORMATION$</field>
    <description>w</description></rule>
  <rule id="60010" level="0"><if_sid>60000</if_sid><field name="win.system.severityValue">^WARNING$</field>
    <description>w</description></rule>
</group>
<group name="syslog,unbound,">
  <rule id="500002" level="0"><decoded_as>unbound</decoded_as><match> info: </match>
    <description>u</description></rule>
  <rule id="500101" level="0"><if_sid>500002</if_sid><match> A IN$</match><description>u</description></rule>
  <rule id="500102" level="0"><if_sid>500002</if_sid><match> AAAA IN$</match><description>u</description></rule>
</group>
<group name="syslog,named,">
  <rule id="12100" level="0"><decoded_as>named</decoded_as><description>n</description></rule>
  <rule id="12138" level="0"><if_sid>12100</if_sid><match> IN A +</match><description>n</description></rule>
</group>
<group name="zeek,ids,">
  <rule id="66002" level="5"><field name="bro_engine">SSL</field><description>z</description></rule>
  <rule id="66003" level="5"><field name="bro_engine">DNS</field><description>z</description></rule>
</group>
)";

constexpr const char* rules_of_others = R"(
<group name="linux,packetbeat,">
  <rule id="200300" level="3"><decoded_as>json</decoded_as><field name="method">QUERY</field>
    <description>p</description><group>dns</group></rule>
  <rule id="200301" level="3"><decoded_as>json</decoded_as><field name="event.dataset">tls</field>
    <description>p</description><group>tls</group></rule>
</group>
<group name="technitium_dns,dns,">
  <rule id="100001" level="3"><decoded_as>json</decoded_as><field name="dns.clientIp">\.+</field>
    <description>t</description></rule>
</group>
)";

struct Case {
    const char* rule;
    Json event;
    const char* decoder = "json";
};

Json suricata(const char* type, const Json& more) {
    Json event{
        {"timestamp", "2026-11-29T10:00:00.000000+0000"}, {"event_type", type}, {"src_ip", "10.0.0.7"}};
    event.update(more);
    return event;
}

Json windows(const char* channel, const char* id, const char* severity = "INFORMATION") {
    return {{"win",
             {{"system",
               {{"providerName", "Microsoft-Windows-DNS-Client"},
                {"channel", channel},
                {"eventID", id},
                {"severityValue", severity}}},
              {"eventdata", {{"queryName", "a.example.org."}, {"queryStatus", "0"}}}}}};
}

Json line(const std::string& text) {
    return {{"full_log", text}, {"url", "a.example.org"}, {"srcip", "10.0.0.7"}};
}

constexpr const char* dns_client = "Microsoft-Windows-DNS-Client/Operational";

class EventRulesTest : public WazuhTest {
  protected:
    void SetUp() override {
        WazuhTest::SetUp();
        if (::geteuid() == 0) stock(stock_rules);
    }
    void stock(const std::string& xml) const { write_file(home_.path / "ruleset/rules/0900-stock.xml", xml); }

    EventRules composed(const std::vector<std::string>& kinds) const {
        std::string unused;
        return event_rules_for(kinds, RuleSet::load(home_, read_ossec_conf(conf(), unused)), home_);
    }
    std::string fired(const std::string& others, const Case& one) const {
        WazuhRules rules;
        rules.load(stock_rules);
        if (!others.empty()) rules.load(others);
        rules.load(composed(event_kind_names()).text);
        return rules.fire(one.event, one.decoder).id;
    }
};

const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {"100310", suricata("dns", {{"dns", {{"type", "query"}, {"rrname", "a.org"}}}})},
        {"100310",
         suricata("dns",
                  {{"dns", {{"version", 3}, {"type", "request"}, {"queries", {{{"rrname", "a.org"}}}}}}})},
        {"86603", suricata("dns", {{"dns", {{"type", "answer"}, {"rrname", "a.org"}}}})},
        {"100311", suricata("tls", {{"tls", {{"sni", "a.org"}}}})},
        {"86604", suricata("tls", {{"tls", {{"version", "TLS 1.3"}}}})},
        {"100312", suricata("http", {{"http", {{"hostname", "a.org"}}}})},
        {"100320",
         {{"ts", 1.5}, {"uid", "Cx"}, {"trans_id", 7}, {"query", "a.org"}, {"id.orig_h", "10.0.0.7"}}},
        {"", {{"ts", 1.5}, {"uid", "Cx"}, {"query", "of something else"}}},
        {"100321", {{"bro_engine", "DNS"}, {"query", "a.org"}}},
        {"66003", {{"bro_engine", "DNS"}}},
        {"100322", {{"ts", 1.5}, {"uid", "Cx"}, {"cipher", "TLS_AES"}, {"server_name", "a.org"}}},
        {"100323", {{"bro_engine", "SSL"}, {"server_name", "a.org"}}},
        {"100325", windows(dns_client, "3008"), "windows_eventchannel"},
        {"100325", windows(dns_client, "3008", "WARNING"), "windows_eventchannel"},
        {"60009", windows(dns_client, "3006"), "windows_eventchannel"},
        {"60009", windows("Microsoft-Windows-Other/Operational", "3008"), "windows_eventchannel"},
        {"100330", line("unbound: [7:0] info: 10.0.0.7 a.example.org. A IN"), "unbound"},
        {"100330", line("unbound: [7:0] info: 10.0.0.7 a.example.org. AAAA IN"), "unbound"},
        {"500002", line("unbound: [7:0] info: server stats for thread 0"), "unbound"},
        {"100335", line("client 10.0.0.7#5: query: a.example.org IN A + (10.0.0.1)"), "named"},
        {"100335", line("client 10.0.0.7#5: query: a.example.org IN HTTPS + (10.0.0.1)"), "named"},
        {"12100", line("client 10.0.0.7#5: update denied"), "named"},
        {"100345",
         {{"full_log", "query[HTTPS] a.org from 10.0.0.7"}, {"action", "query"}, {"data", "a.org"}},
         "dnsmasq"},
        {"", {{"full_log", "reply a.org is 192.0.2.1"}, {"action", "reply"}, {"data", "a.org"}}, "dnsmasq"},
        {"", {{"full_log", "GET /query[A] x from y"}, {"action", "GET"}}, "web-accesslog"},
    };
    return all;
}

TEST_F(EventRulesTest, MakeAlertsOfTheEventsThatTheyAreFor) {
    for (const Case& one : cases()) EXPECT_EQ(fired("", one), one.rule) << one.event;
    for (const Case& one :
         {Case{"100315",
               {{"type", "dns"}, {"method", "QUERY"}, {"dns", {{"question", {{"name", "a.org"}}}}}}},
          Case{"100317", {{"type", "tls"}, {"tls", {{"client", {{"server_name", "a.org"}}}}}}},
          Case{"100340", {{"dns", {{"clientIp", "10.0.0.7"}, {"question", {{"questionName", "a.org"}}}}}}}})
        EXPECT_EQ(fired("", one), one.rule) << one.event;
}

TEST_F(EventRulesTest, StandBelowRulesOfOthersThatTakeTheSameEvents) {
    stock(std::string(stock_rules) + rules_of_others);
    for (const Case& one : cases()) EXPECT_EQ(fired(rules_of_others, one), one.rule) << one.event;
    for (const Case& one :
         {Case{"100316",
               {{"type", "dns"}, {"method", "QUERY"}, {"dns", {{"question", {{"name", "a.org"}}}}}}},
          Case{"100318",
               {{"event", {{"dataset", "tls"}}}, {"tls", {{"client", {{"server_name", "a.org"}}}}}}},
          Case{"100341", {{"dns", {{"clientIp", "10.0.0.7"}, {"question", {{"questionName", "a.org"}}}}}}}})
        EXPECT_EQ(fired(rules_of_others, one), one.rule) << one.event;
}

TEST_F(EventRulesTest, HaveTheGroupThatTheIntegrationListensTo) {
    std::string problem;
    const auto rules = read_rules(composed(event_kind_names()).text, problem);
    ASSERT_TRUE(rules) << problem;
    EXPECT_GT(rules->size(), event_kinds().size());
    for (const Rule& rule : *rules) {
        EXPECT_NE(std::find(rule.groups.begin(), rule.groups.end(), "sysmon_event_22"), rule.groups.end())
            << rule.id;
        EXPECT_NE(std::find(rule.groups.begin(), rule.groups.end(), "enrichd_dns"), rule.groups.end())
            << rule.id;
        EXPECT_GE(rule.level, 3) << rule.id;
    }
}

TEST_F(EventRulesTest, AreThoseThatWereAskedForAlone) {
    const EventRules two = composed({"named", "suricata", "named"});
    EXPECT_EQ(two.kinds, (std::vector<std::string>{"suricata", "named"}));
    std::string unused;
    const auto rules = read_rules(two.text, unused);
    ASSERT_EQ(rules->size(), 2U);
    EXPECT_EQ((*rules)[0].id, "100310");
    EXPECT_EQ((*rules)[1].id, "100335");
    EXPECT_EQ(composed({}).text, "") << "a file without a rule keeps Wazuh from starting";
}

TEST_F(EventRulesTest, SayWhichParentIsMissing) {
    stock("<group name=\"a,\"><rule id=\"12100\" level=\"0\"><description>d</description></rule></group>");
    const EventRules rules = composed({"named", "zeek", "unbound"});
    EXPECT_EQ(rules.kinds, std::vector<std::string>{"zeek"});
    EXPECT_EQ(rules.missing,
              (std::vector<std::string>{"unbound: rule 500101 is not loaded before enrichd_events_rules.xml",
                                        "named: rule 12138 is not loaded before enrichd_events_rules.xml"}));
}

TEST_F(EventRulesTest, DoNotStandOnARuleThatIsReadLater) {
    const auto ids = [&] {
        std::string unused;
        std::string out;
        const auto rules = read_rules(composed({"packetbeat"}).text, unused);
        for (const Rule& rule : *rules) out += rule.id + " ";
        return out;
    };
    EXPECT_EQ(ids(), "100315 ");
    write_rules("local_rules.xml", rules_of_others);
    EXPECT_EQ(ids(), "100315 ");
    write_rules("200300-packetbeat_rules.xml", rules_of_others);
    EXPECT_EQ(ids(), "100316 ");
}

TEST_F(EventRulesTest, AreKnownAsShippedWhateverTheirKinds) {
    for (const std::vector<std::string>& kinds :
         {std::vector<std::string>{"zeek"}, {"suricata", "pihole"}, event_kind_names()}) {
        const std::string text = composed(kinds).text;
        EXPECT_TRUE(are_shipped_event_rules(text)) << text;
        EXPECT_FALSE(are_shipped_event_rules(text + "<!-- mine -->\n"));
    }
    EXPECT_FALSE(are_shipped_event_rules(""));
}

TEST(EventKinds, AreEachInTheFileThatIsShipped) {
    const std::string text(event_rules_text());
    for (const EventKind& one : event_kinds()) {
        EXPECT_FALSE(one.fields.empty()) << one.name;
        const bool there = text.find("<!-- events: " + one.name + " ") != std::string::npos ||
                           text.find("<!-- events: " + one.name + ";") != std::string::npos;
        EXPECT_TRUE(there) << one.name;
    }
}

}  // namespace
}  // namespace enrichd::wazuh::test::event_rules_test

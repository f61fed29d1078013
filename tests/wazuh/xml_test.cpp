#include "wazuh/xml.hpp"

#include <gtest/gtest.h>

#include "wazuh/home.hpp"

namespace enrichd::wazuh::test::xml_test {
namespace {

TEST(Xml, OssecConfMayHaveSeveralRoots) {
    std::string problem;
    const auto conf = read_ossec_conf(
        "<!-- Wazuh --><ossec_config><alerts><log_alert_level>5</log_alert_level></alerts></ossec_config>\n"
        "<ossec_config><integration><name> custom-dnsstats "
        "</name><group>a,b</group><alert_format>json</alert_format>"
        "</integration><command><name>check</name><executable>enrich-otx</executable></command>"
        "<active-response><command>enrich-otx</command><rules_group>dns,</rules_group></active-response></"
        "ossec_config>",
        problem);
    ASSERT_TRUE(conf) << problem;
    EXPECT_EQ(conf->log_alert_level, 5);
    ASSERT_EQ(conf->integrations.size(), 1U);
    EXPECT_EQ(conf->integrations[0].name, " custom-dnsstats ") << "Wazuh does not take the blanks away";
    EXPECT_EQ(conf->integrations[0].group, "a,b");
    EXPECT_EQ(conf->commands.at("check"), "enrich-otx");
    EXPECT_EQ(conf->responses[0].rules_group, "dns,");
}

TEST(Xml, TellsTheLineOfWhatIsNone) {
    std::string problem;
    EXPECT_FALSE(read_ossec_conf("<ossec_config>\n<a>\n</b>\n</ossec_config>", problem));
    EXPECT_TRUE(problem.starts_with("line 3: ")) << problem;
}

TEST(Xml, GroupsAreGluedAsWazuhGluesThem) {
    std::string problem;
    const auto rules = read_rules(
        "<group name=\"windows, sysmon\"><rule id=\"1\" level=\"3\"><if_sid>61650, 61651</if_sid>"
        "<group>sysmon_event_22</group></rule></group>"
        "<group name=\"sysmon,\"><rule id=\"2\" level=\"3\" "
        "overwrite=\"yes\"><group>sysmon_event_22,</group></rule></group>",
        problem);
    ASSERT_TRUE(rules) << problem;
    EXPECT_EQ((*rules)[0].groups, (std::vector<std::string>{"windows", " sysmonsysmon_event_22"}));
    EXPECT_EQ((*rules)[0].if_sids, (std::vector<std::string>{"61650", "61651"}));
    EXPECT_EQ((*rules)[1].groups, (std::vector<std::string>{"sysmon", "sysmon_event_22"}));
    EXPECT_TRUE((*rules)[1].overwrite);
}

TEST(Rules, AsShippedFollowTheFacts) {
    std::string problem;
    const auto rules = read_rules(std::string(rules_text()), problem);
    ASSERT_TRUE(rules) << problem;
    std::vector<std::string> ids;
    for (const Rule& rule : *rules) {
        ids.push_back(rule.id);
        const bool of_event_22 =
            std::find(rule.groups.begin(), rule.groups.end(), "sysmon_event_22") != rule.groups.end();
        EXPECT_EQ(of_event_22, rule.id == "100300")
            << rule.id << ": only the alert that is handed over has it";
        for (const std::string& group : rule.groups)
            EXPECT_EQ(group.find_first_of(" \n"), std::string::npos) << rule.id << ": '" << group << "'";
    }
    for (const char* id : {"100610", "100611", "100612", "100613", "100614", "100615", "100080"})
        EXPECT_EQ(std::count(ids.begin(), ids.end(), id), 1) << id;
    const std::string text(rules_text());
    std::size_t logs = 0;
    for (std::size_t at = 0; (at = text.find("no_full_log", at)) != std::string::npos; ++at) ++logs;
    EXPECT_EQ(logs, ids.size()) << "each rule says no_full_log";
    EXPECT_EQ(text.find("name=\"integration\">dnsstat"), std::string::npos) << "anchored";
}

TEST(Parts, OfOssecConfAreXmlOfTheRightKind) {
    std::string problem;
    const auto integration = read_ossec_conf(std::string(integration_text()), problem);
    ASSERT_TRUE(integration) << problem;
    EXPECT_EQ(integration->integrations.at(0).group, "sysmon_event_22");
    const auto response = read_ossec_conf(std::string(active_response_text()), problem);
    ASSERT_TRUE(response) << problem;
    EXPECT_EQ(response->responses.at(0).command, "enrich-otx");
}

}  // namespace
}  // namespace enrichd::wazuh::test::xml_test

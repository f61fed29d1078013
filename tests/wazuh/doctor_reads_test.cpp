// What doctor reads in a home in which nothing runs.
#include <array>
#include <ctime>

#include "made_up_home.hpp"

namespace enrichd::wazuh::test::doctor_reads_test {
namespace {

using DoctorReadsTest = WazuhTest;

TEST_F(DoctorReadsTest, WhatIsInstalledAndWhatIsNot) {
    EXPECT_TRUE(finding("custom-dnsstats").starts_with("PROBLEM is not there"));
    EXPECT_TRUE(finding("Sysmon's event 22").starts_with("PROBLEM the stock rule 61650"));
    EXPECT_TRUE(finding("ossec.conf: integration").starts_with("PROBLEM no <integration>"));
    install(setup_, "", true);
    EXPECT_TRUE(finding("custom-dnsstats").starts_with("ok"));
    EXPECT_TRUE(finding("rule 100300").starts_with("ok"));
    EXPECT_TRUE(finding("version of Wazuh").starts_with("ok 4.14.9"));
    EXPECT_TRUE(finding("ossec.conf: integration").starts_with("ok"));

    ::chmod(home_.integration().c_str(), 0770);
    EXPECT_NE(finding("custom-dnsstats").find("Wazuh refuses a program that others may write"),
              std::string::npos);
    ::chmod(home_.integration().c_str(), 0700);
    EXPECT_NE(finding("custom-dnsstats").find("Wazuh cannot run it"), std::string::npos);

    EXPECT_TRUE(finding("intake.sock").starts_with("PROBLEM is not there"));
    EXPECT_TRUE(finding("queue/sockets/queue").starts_with("PROBLEM is not there"));
    const fakes::FakeWazuhQueue queue(home_.path);
    own(home_.queue(), 0660);
    EXPECT_TRUE(finding("queue/sockets/queue").starts_with("ok"));
    EXPECT_TRUE(finding("spool/new").starts_with("PROBLEM is not there"));
    EXPECT_FALSE(doctor(config_, "").good);
}

TEST_F(DoctorReadsTest, TheRulesAsWazuhDoes) {
    const auto rule = [&](const std::string& group, const std::string& level, const std::string& in) {
        write_file(home_.rules_directory() / "local_rules.xml",
                   "<group name=\"" + group + "\"><rule id=\"100700\" level=\"" + level +
                       "\"><if_sid>61650</if_sid><description>d</description><group>" + in +
                       "</group></rule></group>");
        return finding("rule 100700");
    };
    EXPECT_TRUE(rule("sysmon,", "3", "sysmon_event_22,").starts_with("ok"));
    EXPECT_NE(rule("sysmon", "3", "sysmon_event_22").find("lacks group sysmon_event_22"), std::string::npos)
        << "glued";
    EXPECT_NE(rule("sysmon,", "2", "sysmon_event_22,").find("below log_alert_level 3"), std::string::npos);
    write_file(home_.rules_directory() / "loop.xml",
               "<group name=\"dnsstat,sysmon_event_22,\"><rule id=\"100800\" level=\"5\">"
               "<field name=\"integration\">^dnsstat$</field></rule></group>");
    EXPECT_NE(finding("rule 100800").find("handed to the integration again"), std::string::npos);
    write_file(home_.rules_directory() / "broken.xml", "<group name=\"x,\">\n<rule>\n");
    EXPECT_TRUE(finding("broken.xml").starts_with("warning is no XML"));
}

TEST_F(DoctorReadsTest, TheIntegrationBlock) {
    const auto block = [&](const std::string& inside) {
        write_file(home_.ossec_conf(), "<ossec_config><integration><name>custom-dnsstats</name>" + inside +
                                           "</integration></ossec_config>");
        return finding("ossec.conf: integration");
    };
    EXPECT_NE(block("<group>sysmon_event_22</group>").find("<alert_format> is not json"), std::string::npos);
    EXPECT_NE(
        block("<alert_format>json</alert_format><group>a, sysmon_event_22</group>").find("letter by letter"),
        std::string::npos);
    EXPECT_NE(block("<alert_format>json</alert_format>").find("every alert of this manager"),
              std::string::npos);
    EXPECT_NE(block("<alert_format>json</alert_format><group>other</group>")
                  .find("without sysmon_event_22 exactly so"),
              std::string::npos);
    write_file(home_.path / "VERSION.json", "{\"version\":\"5.0.0\"}");
    EXPECT_TRUE(finding("version of Wazuh").starts_with("PROBLEM 5.0.0 has no integrator"));
    fs::remove(home_.path / "VERSION.json");
    write_file(home_.path / "bin/wazuh-control", "#!/bin/sh\nVERSION=\"v4.3.9\"\n");
    EXPECT_TRUE(finding("version of Wazuh").starts_with("PROBLEM 4.3.9 has no rule 61650"));
}

TEST_F(DoctorReadsTest, ActiveResponses) {
    const auto response = [&](const std::string& inside) {
        write_file(home_.ossec_conf(),
                   "<ossec_config><command><name>check</name><executable>enrich-otx</executable></command>"
                   "<active-response><command>check</command>" +
                       inside + "</active-response></ossec_config>");
        return finding("ossec.conf: active-response");
    };
    EXPECT_TRUE(response("<location>server</location><rules_group>dns,</rules_group>")
                    .starts_with("ok check for dns,"));
    EXPECT_NE(
        response("<location>server</location><rules_group>otx_ioc</rules_group>").find("would ask again"),
        std::string::npos);
    EXPECT_NE(
        response("<location>local</location><rules_group>dns,</rules_group>").find("on the manager alone"),
        std::string::npos);
    EXPECT_NE(response("<location>server</location><level>5</level>").find("may ask again"),
              std::string::npos);
    EXPECT_EQ(response("<disabled>yes</disabled><location>local</location>"), "not looked at");
}

TEST_F(DoctorReadsTest, ThatTheLogComplainsAndNotWhat) {
    std::string log;
    log.resize(20'000'000, 'x');
    const std::time_t now = std::time(nullptr) + 60;
    std::array<char, 32> date{};
    std::tm parts{};
    ::localtime_r(&now, &parts);
    std::strftime(date.data(), date.size(), "%Y/%m/%d %H:%M:%S", &parts);
    log += "\n" + std::string(date.data()) +
           " wazuh-integratord: ERROR: Command (integrations/custom-dnsstats /tmp/x.alert "
           "SECRETAPIKEY https://hook) execution exited abnormally.\n";
    write_file(home_.log(), log);
    EXPECT_EQ(finding("ossec.log"),
              "warning has errors about the integration, the last at " + std::string(date.data()));
}

TEST_F(DoctorReadsTest, ARuleThatTakesAlertsAway) {
    install(setup_, "", false);
    write_file(home_.rules_directory() / "local_rules.xml",
               "<group name=\"mine,\"><rule id=\"100700\" level=\"5\"><if_sid>61650</if_sid></rule></group>");
    EXPECT_NE(finding("rule 100700").find("is tried before the rule that is meant"), std::string::npos)
        << finding("rule 100700");
}

TEST_F(DoctorReadsTest, WhatAnActiveResponseNeeds) {
    const std::string response =
        "<ossec_config><command><name>enrich-otx</name><executable>enrich-otx</executable></command>"
        "<active-response><command>enrich-otx</command><location>server</location>"
        "<rules_group>suspicious_dns,</rules_group></active-response></ossec_config>\n";
    write_conf(stock_conf + response);
    EXPECT_TRUE(finding("wazuh-execd").starts_with("warning does not run"));
    EXPECT_TRUE(finding("ossec.conf: localfile").starts_with("warning names no active-responses.log"));
    const Fd execd =
        listen_unix(UnixSocket::stream, home_.path / "queue/sockets/com", 0660, some_group).value();
    write_conf(
        stock_conf + response +
        "<ossec_config><localfile><location>/var/ossec/logs/active-responses.log</location></localfile>"
        "</ossec_config>\n");
    EXPECT_EQ(finding("wazuh-execd"), "not looked at");
    EXPECT_EQ(finding("ossec.conf: localfile"), "not looked at");
}

TEST_F(DoctorReadsTest, WhoIsAllowed) {
    EXPECT_EQ(finding("intake.allow"), "not looked at");
    config_.intake.allow = {"root"};
    EXPECT_TRUE(finding("intake.allow").starts_with("PROBLEM has neither user nor group daemon"));
}

TEST_F(DoctorReadsTest, AHomeByAnotherPath) {
    install(setup_, "", true);
    const fs::path link = dir_ / "link";
    fs::create_directory_symlink(home_.path, link);
    for (const std::string& path :
         {link.string(), home_.path.string() + "/", home_.path.string() + "/etc/.."}) {
        config_.wazuh_home = path;
        EXPECT_TRUE(finding("rule 100300").starts_with("ok")) << path;
        EXPECT_EQ(finding("ossec.conf: ruleset"), "not looked at") << path << finding("ossec.conf: ruleset");
    }
    replace("etc/rules</rule_dir>", "etc/rules/</rule_dir>");
    EXPECT_EQ(finding("ossec.conf: ruleset"), "not looked at");
}

}  // namespace
}  // namespace enrichd::wazuh::test::doctor_reads_test

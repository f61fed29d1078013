// install for each source of alerts, from one to another, and back.
#include "wazuh/alert_source.hpp"

#include "made_up_home.hpp"
#include "wazuh/event_rules.hpp"

namespace enrichd::wazuh::test::alert_source_test {
namespace {

constexpr const char* suricata_rules =
    "<group name=\"ids,suricata,\">\n<rule id=\"86600\" level=\"0\"><description>d</description></rule>\n"
    "<rule id=\"86603\" level=\"0\"><if_sid>86600</if_sid><description>d</description></rule>\n</group>\n";

class AlertSourceTest : public WazuhTest {
  protected:
    void SetUp() override {
        WazuhTest::SetUp();
        if (::geteuid() == 0)
            write_file(home_.path / "ruleset/rules/0475-suricata_rules.xml", suricata_rules);
    }
    Report install_for(AlertSource source, bool write = true,
                       std::optional<std::vector<std::string>> events = std::nullopt) const {
        const Report report = install(setup_, "", write, {source, std::move(events)});
        EXPECT_TRUE(report.good) << report.human << report.error;
        return report;
    }
    /// All that install may have touched, as one text.
    std::string state() const {
        std::string out = conf() + std::to_string(backups()) + "\n";
        for (const fs::path& file : {home_.rules(), home_.event_rules(), home_.integration()})
            out += file.filename().string() + (fs::exists(file) ? "\n" + read_file(file) : " none") + "\n";
        return out;
    }
    bool calls_us_now() const { return conf().find("custom-dnsstats") != std::string::npos; }
    bool archives_now() const { return conf().find("<logall_json>yes") != std::string::npos; }
    bool has_event_22() const { return read_file(home_.rules()).find("\"100300\"") != std::string::npos; }
};

TEST_F(AlertSourceTest, ArchivesNeedASettingAndNeitherShimNorIntegrationNorRule) {
    const std::string before = conf();
    const Report report = install_for(AlertSource::archives);
    EXPECT_TRUE(conf().starts_with(before));
    EXPECT_TRUE(archives_now());
    EXPECT_FALSE(calls_us_now());
    EXPECT_FALSE(fs::exists(home_.integration()));
    EXPECT_TRUE(fs::exists(home_.active_response())) << "active responses are of use with each source";
    EXPECT_FALSE(has_event_22());
    const std::string archives = home_.archives();
    EXPECT_NE(report.human.find("The daemon reads " + archives + " itself"), std::string::npos);
    EXPECT_NE(report.human.find("intake:\n  files: [" + archives + "]\n"), std::string::npos) << report.human;
    const std::string installed = state();
    install_for(AlertSource::archives);
    EXPECT_EQ(state(), installed) << "a second time changes nothing";
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_EQ(conf(), before);
    EXPECT_EQ(backups(), 0U);
    EXPECT_FALSE(fs::exists(home_.rules()));
}

TEST_F(AlertSourceTest, AlertsNeedTheRuleAlone) {
    const std::string before = conf();
    const Report report = install_for(AlertSource::alerts);
    EXPECT_EQ(conf(), before);
    EXPECT_EQ(backups(), 0U);
    EXPECT_FALSE(fs::exists(home_.integration()));
    EXPECT_TRUE(has_event_22());
    EXPECT_NE(report.human.find("intake:\n  files: [" + home_.alerts().string() + "]\n"), std::string::npos)
        << report.human;
}

TEST_F(AlertSourceTest, EachSourceIsAsIfNoOtherHadBeenThere) {
    const std::string before = conf();
    std::map<AlertSource, std::string> alone;
    for (const AlertSource source : {AlertSource::integration, AlertSource::alerts, AlertSource::archives}) {
        install_for(source);
        alone[source] = conf() + read_file(home_.rules()) + std::to_string(fs::exists(home_.integration()));
        EXPECT_TRUE(uninstall(setup_, "", true).good);
        EXPECT_EQ(conf(), before);
    }
    for (const AlertSource source :
         {AlertSource::archives, AlertSource::integration, AlertSource::alerts, AlertSource::archives,
          AlertSource::alerts, AlertSource::integration, AlertSource::archives}) {
        install_for(source);
        EXPECT_EQ(conf() + read_file(home_.rules()) + std::to_string(fs::exists(home_.integration())),
                  alone[source])
            << name_of(source);
    }
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_EQ(conf(), before);
    EXPECT_EQ(backups(), 0U) << "also of those in between";
}

TEST_F(AlertSourceTest, ASecondInstallKeepsWhatTheFirstChose) {
    install_for(AlertSource::archives);
    EXPECT_TRUE(install(setup_, "", true).good);
    EXPECT_TRUE(archives_now());
    EXPECT_FALSE(has_event_22());
    EXPECT_TRUE(refresh(setup_).good);
    EXPECT_FALSE(has_event_22());
    EXPECT_FALSE(fs::exists(home_.integration()));
    install_for(AlertSource::alerts, true, std::vector<std::string>{"suricata"});
    EXPECT_TRUE(install(setup_, "", true).good);
    EXPECT_TRUE(fs::exists(home_.event_rules()));
    EXPECT_TRUE(refresh(setup_).good);
    EXPECT_NE(read_file(home_.event_rules()).find("100310"), std::string::npos);
}

TEST_F(AlertSourceTest, WithoutWriteOssecConfIsShownAndNotTouched) {
    const std::string before = conf();
    const Report archives = install_for(AlertSource::archives, false);
    EXPECT_EQ(conf(), before);
    const std::size_t at = archives.human.find("<!-- enrichd: begin");
    const std::size_t end = archives.human.find("<!-- enrichd: end -->\n");
    ASSERT_NE(end, std::string::npos) << archives.human;
    write_conf(before + archives.human.substr(at, end + 22 - at));
    EXPECT_TRUE(archives_now());
    EXPECT_NE(install_for(AlertSource::archives, false).human.find("has our part already"),
              std::string::npos);
    const Report back = install_for(AlertSource::alerts, false);
    EXPECT_NE(back.human.find("Take our part out of "), std::string::npos) << back.human;
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_EQ(conf(), before) << "what was put there by hand as it was shown is ours";
}

TEST_F(AlertSourceTest, ASettingThatWasThereIsKeptAndStays) {
    replace("<jsonout_output>yes</jsonout_output>",
            "<jsonout_output>yes</jsonout_output><logall_json>yes</logall_json>");
    const std::string before = conf();
    EXPECT_NE(install_for(AlertSource::archives).human.find("has <logall_json> already"), std::string::npos);
    EXPECT_EQ(conf(), before);
    install_for(AlertSource::integration);
    install_for(AlertSource::archives);
    EXPECT_EQ(conf(), before) << "and our part for the integration went";
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_EQ(conf(), before);
}

TEST_F(AlertSourceTest, OurSettingIsTheLastOne) {
    replace("<jsonout_output>yes</jsonout_output>",
            "<jsonout_output>yes</jsonout_output><logall_json>no</logall_json>");
    install_for(AlertSource::archives);
    EXPECT_TRUE(has_what_it_needs(conf(), AlertSource::archives));
    const std::string good = conf();
    const std::string off = "<ossec_config><global><logall_json>no</logall_json></global></ossec_config>\n";
    write_conf(good + off);
    EXPECT_FALSE(has_what_it_needs(conf(), AlertSource::archives));
    install_for(AlertSource::archives);
    EXPECT_TRUE(has_what_it_needs(conf(), AlertSource::archives)) << "it is put behind the other";
}

TEST_F(AlertSourceTest, AnIntegrationByHandKeepsItsShim) {
    write_conf(std::string(stock_conf) +
               "<ossec_config><integration><name>custom-dnsstats</name><group>sysmon_event_22</group>"
               "<level>3</level><alert_format>json</alert_format></integration></ossec_config>\n");
    install_for(AlertSource::integration);
    const Report report = install_for(AlertSource::archives);
    EXPECT_TRUE(fs::exists(home_.integration())) << "else each alert were an error in ossec.log";
    EXPECT_NE(report.human.find("Until then an alert may be reported twice"), std::string::npos)
        << report.human;
}

TEST_F(AlertSourceTest, TheProgramThatWasThereComesBack) {
    write_file(home_.integration(), "#!/usr/bin/python3\n");
    install_for(AlertSource::integration);
    install_for(AlertSource::alerts);
    EXPECT_EQ(read_file(home_.integration()), "#!/usr/bin/python3\n");
}

TEST_F(AlertSourceTest, WhatSomebodyAddedToOurPartIsNotTakenOut) {
    install_for(AlertSource::archives);
    replace("<logall_json>yes</logall_json>", "<logall_json>yes</logall_json><logall>yes</logall>");
    const std::string before = conf();
    const Report report = install(setup_, "", true, {AlertSource::integration, {}});
    EXPECT_FALSE(report.good);
    EXPECT_NE((report.error + report.human).find("more than our <integration> or <logall_json>"),
              std::string::npos)
        << report.error << report.human;
    EXPECT_EQ(conf(), before);
}

TEST_F(AlertSourceTest, WhatWazuhDoesNotAcceptIsPutBack) {
    install_for(AlertSource::integration);
    const std::string before = state();
    validator(1);
    EXPECT_FALSE(install(setup_, "", true, {AlertSource::archives, {}}).good);
    EXPECT_EQ(state(), before);
    validator(0);
    EXPECT_TRUE(refresh(setup_).good);
    EXPECT_EQ(state(), before) << "an upgrade does not do the half of it";
}

TEST_F(AlertSourceTest, RulesThatSomebodyChangedStayInAnySource) {
    install_for(AlertSource::integration);
    write_file(home_.rules(), std::string(rules_text()) + "<!-- mine -->\n");
    install_for(AlertSource::archives);
    EXPECT_TRUE(has_event_22());
    EXPECT_EQ(read_file(home_.rules().string() + ".new"), rules_for(AlertSource::archives));
}

TEST_F(AlertSourceTest, ARuleThatStandsOnTheOneForEvent22IsNamed) {
    write_rules("local_rules.xml",
                "<group name=\"a,\"><rule id=\"100700\" level=\"0\"><if_sid>100300</if_sid></rule></group>");
    EXPECT_EQ(install_for(AlertSource::alerts).human.find("100700"), std::string::npos);
    EXPECT_NE(
        install_for(AlertSource::archives).human.find("refers to rule 100300 of enrichd, which is removed"),
        std::string::npos);
}

TEST_F(AlertSourceTest, RulesStayUntilOssecConfIsChanged) {
    install_for(AlertSource::integration);
    const Report dry = install_for(AlertSource::archives, false);
    EXPECT_NE(read_file(home_.rules()).find("100300"), std::string::npos)
        << "a restart of Wazuh now must not keep all alerts away";
    EXPECT_NE(dry.human.find("the rules are those of the source integration"), std::string::npos)
        << dry.human;
    EXPECT_NE(dry.human.find("archives.json"), std::string::npos) << "what is to be done is said";
    install_for(AlertSource::archives);
    EXPECT_EQ(read_file(home_.rules()).find("\"100300\""), std::string::npos);
}

TEST_F(AlertSourceTest, RulesForEventsComeAndGo) {
    const Report report =
        install_for(AlertSource::integration, true, std::vector<std::string>{"suricata", "zeek", "pihole"});
    EXPECT_NE(read_file(home_.event_rules()).find("100310"), std::string::npos);
    EXPECT_NE(report.human.find(", /data/data]"), std::string::npos)
        << "the field of Pi-hole is none of the defaults: " << report.human;
    install_for(AlertSource::integration, true, std::vector<std::string>{"zeek"});
    EXPECT_EQ(read_file(home_.event_rules()).find("100310"), std::string::npos);
    install_for(AlertSource::integration, true, std::vector<std::string>{});
    EXPECT_FALSE(fs::exists(home_.event_rules())) << "Wazuh does not start with a file without rules";
    install_for(AlertSource::integration, true, std::vector<std::string>{"suricata"});
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_FALSE(fs::exists(home_.event_rules()));
}

TEST_F(AlertSourceTest, ArchivesNeedNoRulesForEvents) {
    install_for(AlertSource::alerts, true, std::vector<std::string>{"suricata"});
    const Report report =
        install_for(AlertSource::archives, true, std::vector<std::string>{"suricata", "pihole"});
    EXPECT_FALSE(fs::exists(home_.event_rules()));
    EXPECT_NE(report.human.find("has these events without a rule"), std::string::npos) << report.human;
    EXPECT_NE(report.human.find(", /data/data]"), std::string::npos) << "but the fields it does need";
}

TEST_F(AlertSourceTest, AKindWithoutItsParentIsSaidAndNotTriedAgain) {
    const Report report =
        install(setup_, "", true, {AlertSource::integration, std::vector<std::string>{"suricata", "named"}});
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.human.find("named: rule 12138 is not loaded"), std::string::npos) << report.human;
    EXPECT_NE(read_file(home_.event_rules()).find("100310"), std::string::npos);
    EXPECT_TRUE(refresh(setup_).good);
}

TEST_F(AlertSourceTest, EventRulesThatSomebodyChangedStay) {
    install_for(AlertSource::integration, true, std::vector<std::string>{"suricata"});
    write_file(home_.event_rules(), read_file(home_.event_rules()) + "<!-- mine -->\n");
    install_for(AlertSource::integration, true, std::vector<std::string>{"zeek"});
    EXPECT_NE(read_file(home_.event_rules()).find("mine"), std::string::npos);
    EXPECT_NE(read_file(home_.event_rules().string() + ".new").find("100320"), std::string::npos);
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_TRUE(fs::exists(home_.event_rules()));
}

TEST_F(AlertSourceTest, EventRulesAreOursAlsoWhenNobodyRemembersThem) {
    install_for(AlertSource::integration, true, std::vector<std::string>{"suricata"});
    fs::remove(dir_ / "etc/wazuh_homes.json");
    EXPECT_TRUE(uninstall(setup_, home_.path, true).good);
    EXPECT_FALSE(fs::exists(home_.event_rules()));
    EXPECT_FALSE(fs::exists(home_.rules()));
}

TEST_F(AlertSourceTest, AConflictOfTheEventRulesNamesTheirFile) {
    write_rules(
        "a_rules.xml",
        "<group name=\"mine,\"><rule id=\"100310\" level=\"3\"><if_sid>61600</if_sid></rule></group>");
    const Report report =
        install(setup_, "", true, {AlertSource::integration, std::vector<std::string>{"suricata"}});
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.human.find("change these ids in " + home_.event_rules().string()), std::string::npos)
        << report.human;
}

TEST_F(AlertSourceTest, TheDaemonsSideIsShownUntilItFits) {
    config_.files.files = {"/var/log/suricata/eve.json", home_.alerts()};
    const Report report = install_for(AlertSource::archives);
    EXPECT_NE(report.human.find("files: [/var/log/suricata/eve.json, " + home_.archives().string() + "]"),
              std::string::npos)
        << "in place of alerts.json, beside what is not Wazuh's: " << report.human;
    config_.files.files = {home_.archives()};
    EXPECT_NE(install_for(AlertSource::archives).human.find("intake.files names "), std::string::npos);
    EXPECT_NE(install_for(AlertSource::integration).human.find("  files: []\n"), std::string::npos)
        << "with the integration each alert of archives.json would come twice";
    config_.files.files = {home_.alerts()};
    EXPECT_EQ(install_for(AlertSource::integration).human.find("  files: "), std::string::npos)
        << "equal alerts are one";
}

TEST_F(AlertSourceTest, TheRecordOfVersion010IsRead) {
    install_for(AlertSource::integration);
    write_file(dir_ / "etc/wazuh_homes.json", "{\"" + home_.path.string() + "\": 7, \"/x\": \"y\"}\n");
    EXPECT_TRUE(refresh(setup_).good);
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_FALSE(fs::exists(home_.rules()));
    EXPECT_TRUE(fs::is_empty(dir_ / "etc"));
}

}  // namespace
}  // namespace enrichd::wazuh::test::alert_source_test

// doctor on a made-up home in which everything works, and one thing is broken.
#include <sys/time.h>

#include <ctime>

#include "made_up_home.hpp"

namespace enrichd::wazuh::test::doctor_test {
namespace {

class DoctorTest : public WazuhTest {
  protected:
    void SetUp() override {
        WazuhTest::SetUp();
        if (::geteuid() == 0) everything_works();
    }
    /// Its time of last change, in seconds from now.
    static void set_age(const fs::path& file, int seconds_from_now) {
        timeval now{};
        ::gettimeofday(&now, nullptr);
        const timeval times[2] = {{now.tv_sec + seconds_from_now, 0}, {now.tv_sec + seconds_from_now, 0}};
        ASSERT_EQ(::utimes(file.c_str(), times), 0);
    }
    static std::string log_line(int seconds_from_now, const std::string& text) {
        const std::time_t when = std::time(nullptr) + seconds_from_now;
        std::array<char, 32> date{};
        std::tm parts{};
        ::localtime_r(&when, &parts);
        std::strftime(date.data(), date.size(), "%Y/%m/%d %H:%M:%S", &parts);
        return std::string(date.data()) + " wazuh-integratord: " + text + "\n";
    }
    /// A rule of somebody's, in a file that is loaded before ours.
    void other_rule(const std::string& attributes, const std::string& inside,
                    const std::string& group = "mine,") const {
        write_rules("a_rules.xml", "<group name=\"" + group + "\"><rule " + attributes + ">" + inside +
                                       "<description>d</description></rule></group>");
    }
    /// The same in a file that is loaded after ours.
    void later_rule(const std::string& attributes, const std::string& inside) const {
        write_rules("local_rules.xml", "<group name=\"mine,\"><rule " + attributes + ">" + inside +
                                           "<description>d</description></rule></group>");
    }
    void expect_problem(const std::string& what) {
        EXPECT_NE(problems().find(what), std::string::npos) << "found: " << problems();
        EXPECT_FALSE(doctor(config_, "", accounts_).good);
    }
    void expect_only_a_warning(const std::string& what) {
        EXPECT_EQ(problems(), "");
        EXPECT_NE(warnings().find(what), std::string::npos) << "found: " << warnings();
    }
};

TEST_F(DoctorTest, FindsNothingWhereEverythingWorks) {
    EXPECT_EQ(problems(), "");
    EXPECT_EQ(warnings(), "");
}

TEST_F(DoctorTest, SeesANodeOfAClusterThatSharesNoState) {
    write_conf(std::string(stock_conf) +
               "<ossec_config><cluster><name>wazuh</name><disabled>no</disabled></cluster></ossec_config>");
    EXPECT_NE(warnings().find("this manager is a node of a cluster"), std::string::npos) << warnings();
    config_.shared.url = "redis://127.0.0.1:6379";
    EXPECT_EQ(warnings().find("cluster"), std::string::npos) << warnings();
    config_.shared.url.clear();
    write_conf(std::string(stock_conf) +
               "<ossec_config><cluster><name>wazuh</name><disabled>yes</disabled></cluster></ossec_config>");
    EXPECT_EQ(warnings().find("cluster"), std::string::npos) << warnings();
}

// What the real programs of Wazuh showed as broken.

TEST_F(DoctorTest, SeesThatTheIntegratorDoesNotRun) {
    integrator_.reset();
    expect_problem("wazuh-integratord: does not run");
    fs::remove(home_.path / "queue/sockets/integrator");
    expect_problem("wazuh-integratord: does not run");
}

TEST_F(DoctorTest, SeesRulesThatAnalysisdHasNotRead) {
    set_age(home_.rules(), 60);
    expect_problem("enrichd_rules.xml: is newer than the running wazuh-analysisd");
}

TEST_F(DoctorTest, SeesDirectoriesThatWazuhCannotEnter) {
    for (const auto& [user, mode] : {std::pair<gid_t, mode_t>{0, 0750}, {some_group, 0700}}) {
        ASSERT_EQ(::chown((home_.path / "integrations").c_str(), 0, user), 0);
        ASSERT_EQ(::chmod((home_.path / "integrations").c_str(), mode), 0);
        expect_problem("Wazuh cannot run custom-dnsstats");
    }
    own(home_.path / "integrations", 0750);
    own(home_.path / "etc", 0700);
    expect_problem("Wazuh cannot read ossec.conf");
}

TEST_F(DoctorTest, SeesAnElementThatTheIntegratorDoesNotKnow) {
    replace("<name>custom-dnsstats</name>", "<name>custom-dnsstats</name><debug>yes</debug>");
    expect_problem("elements that Wazuh does not know (debug)");
}

TEST_F(DoctorTest, SeesAnUnknownElementOfAnotherIntegrationToo) {
    replace("<integration>",
            "<integration><name>slack</name><hookurl>x</hookurl></integration><integration>");
    expect_problem("slack has elements that Wazuh does not know (hookurl)");
}

TEST_F(DoctorTest, SeesThatEtcRulesIsNotLoaded) {
    replace("<rule_dir>etc/rules</rule_dir>", "");
    expect_problem("enrichd_rules.xml is not loaded");
}

TEST_F(DoctorTest, SeesExcludedAndMissingRules) {
    replace("<rule_dir>etc/rules", "<rule_exclude>enrichd_rules.xml</rule_exclude><rule_dir>etc/rules");
    expect_problem("enrichd_rules.xml is not loaded");
    replace("<rule_exclude>enrichd_rules.xml", "<rule_exclude>etc/rules/enrichd_rules.xml");
    expect_problem("enrichd_rules.xml is not loaded");
    replace("<rule_exclude>etc/rules/enrichd_rules.xml", "<rule_exclude>0595-win-sysmon_rules.xml");
    expect_problem("rule 61650: is not loaded");
    replace("<rule_exclude>0595-win-sysmon_rules.xml</rule_exclude>", "");
    EXPECT_EQ(problems(), "");
    fs::remove(home_.path / "ruleset/rules/0595-win-sysmon_rules.xml");
    expect_problem("rule 61650: is not loaded");
}

TEST_F(DoctorTest, SeesFilesThatWazuhCannotRead) {
    ASSERT_EQ(::chown(home_.rules().c_str(), 0, 0), 0);
    ASSERT_EQ(::chmod(home_.rules().c_str(), 0600), 0);
    expect_problem("Wazuh cannot read these rules");
    own(home_.rules(), 0660);
    own(home_.ossec_conf(), 0600);
    expect_problem("Wazuh cannot read ossec.conf");
    own(home_.ossec_conf(), 0660);
    own(home_.rules_directory(), 0700);
    expect_problem("Wazuh cannot read the rules");
}

TEST_F(DoctorTest, SeesThatNoJsonAlertsAreWritten) {
    replace("<jsonout_output>yes", "<jsonout_output>no");
    expect_problem("jsonout_output: is no");
}

TEST_F(DoctorTest, SeesThatOurRuleIsOverwritten) {
    for (const char* level : {"0", "2"}) {
        later_rule("id=\"100300\" overwrite=\"yes\" level=\"" + std::string(level) + "\"",
                   "<if_sid>61650</if_sid><group>sysmon_event_22,</group>");
        expect_problem("rule 100300: ");
    }
    later_rule("id=\"100300\" overwrite=\"yes\" level=\"3\"", "<if_sid>61650</if_sid>");
    expect_problem("lacks group sysmon_event_22");
    later_rule("id=\"100300\" overwrite=\"yes\" level=\"3\" noalert=\"1\"",
               "<group>sysmon_event_22,</group>");
    expect_problem("noalert or no_log");
}

TEST_F(DoctorTest, SeesARuleOfLevel0BelowOursOrBesideIt) {
    for (const char* parent : {"<if_sid>100300</if_sid>", "<if_sid>61650</if_sid>",
                               "<if_group>sysmon_event_22</if_group>", "<if_sid>61650, 61600</if_sid>"}) {
        later_rule("id=\"100999\" level=\"0\"", parent);
        expect_problem("rule 100999: ");
    }
    other_rule("id=\"100999\" level=\"0\"",
               "<if_sid>61650</if_sid><field name=\"win.eventdata.queryName\">\\.+</field>");
    fs::remove(home_.rules_directory() / "local_rules.xml");
    expect_problem("rule 100999: ");
}

TEST_F(DoctorTest, LeavesARuleOfLevel0ForSomeNamesAlone) {
    later_rule(
        "id=\"100999\" level=\"0\"",
        "<if_sid>100300</if_sid><field name=\"win.eventdata.queryName\" type=\"pcre2\">\\.local$</field>");
    EXPECT_EQ(problems(), "");
    EXPECT_EQ(warnings(), "");
    EXPECT_NE(finding("Sysmon's event 22").find("100999"), std::string::npos);
}

TEST_F(DoctorTest, SeesAHigherRuleWithoutTheGroup) {
    for (const char* parent : {"<if_sid>100300</if_sid>", "<if_group>sysmon_event_22</if_group>"}) {
        later_rule("id=\"100999\" level=\"7\"", parent);
        expect_problem("rule 100999: ");
    }
    later_rule("id=\"100999\" level=\"7\"",
               "<if_sid>100300</if_sid><field name=\"win.eventdata.image\">evil</field>");
    expect_only_a_warning("rule 100999: is tried before rule 100300 and lacks group");
    later_rule("id=\"100999\" level=\"7\"", "<if_sid>100300</if_sid><group>sysmon_event_22,</group>");
    EXPECT_EQ(problems() + warnings(), "");
}

TEST_F(DoctorTest, SeesAWrongGroupWord) {
    for (const char* group :
         {"sysmon_event22", " sysmon_event_22", "\n  sysmon_event_22\n", "SYSMON_EVENT_22"}) {
        replace("<group>sysmon_event_22", "<group>" + std::string(group));
        expect_problem("exactly so");
        replace("<group>" + std::string(group), "<group>sysmon_event_22");
    }
    EXPECT_EQ(problems(), "");
}

TEST_F(DoctorTest, SeesThatGroupWazuhIsMissing) {
    accounts_.wazuh = "no-such-group";
    expect_problem("group no-such-group: is not there");
}

// Not looked at in 0.1.0.

TEST_F(DoctorTest, SeesASpoolThatWazuhCannotReach) {
    own(config_.spool.directory, 0700);
    expect_problem("alerts are lost while the daemon is down");
    own(config_.spool.directory, 0770);
    own(config_.spool.directory + "/tmp", 0750);
    accounts_.enrichd = "root";
    expect_problem("spool/tmp: ");
}

TEST_F(DoctorTest, SeesASpoolThatEnrichdCannotReach) {
    accounts_.enrichd = "nobody";
    expect_problem("enrichd cannot take alerts out of the spool");
}

TEST_F(DoctorTest, SeesASocketsDirectoryThatWazuhCannotEnter) {
    own(dir_ / "run", 0700);
    expect_problem("/run: root:daemon 0700 keeps user daemon out");
    own(dir_ / "run", 0755);
    own(config_.intake.socket, 0600);
    expect_problem("all alerts go through the spool");
}

TEST_F(DoctorTest, SeesThatTheSpoolsSizeCannotBeKept) {
    write_file(config_.spool.directory + "/size", "");
    own(config_.spool.directory + "/size", 0600);
    expect_only_a_warning("cannot keep count of the spool's size");
}

TEST_F(DoctorTest, SeesAResponseLogThatEnrichdCannotWrite) {
    write_file(home_.response_log(), "");
    own(home_.response_log(), 0640);
    expect_only_a_warning("enrichd cannot write answers of active responses");
    replace(
        "<integration>",
        "<command><name>enrich-otx</name><executable>enrich-otx</executable></command><active-response>"
        "<command>enrich-otx</command><location>server</location><rules_group>suspicious_dns,</rules_group>"
        "</active-response><integration>");
    expect_problem("enrichd cannot write answers of active responses");
}

TEST_F(DoctorTest, SeesThatEnrichdCannotReachWazuh) {
    own(home_.path, 0710);
    own(home_.path / "queue/sockets", 0700);
    expect_problem("enrichd cannot send events to Wazuh");
    own(home_.path / "queue/sockets", 0750);
    own(home_.path, 0700);
    expect_problem("/ossec: root:daemon 0700 keeps user daemon out");
}

TEST_F(DoctorTest, SeesThatEnrichdIsNotInTheGroup) {
    accounts_.enrichd = "nobody";
    for (const char* part : {"/new", "/tmp", ""})
        ASSERT_EQ(::chmod((config_.spool.directory + part).c_str(), 0777), 0);
    if (fs::exists("/run/systemd/system")) GTEST_SKIP() << "here the unit gives it the group";
    expect_problem("enrichd cannot send events to Wazuh");
}

TEST_F(DoctorTest, SeesAnActiveResponseThatRunsNothing) {
    const auto response = [&](const std::string& command, const std::string& executable,
                              const std::string& called) {
        write_conf(std::string(stock_conf) + "<ossec_config><command><name>" + command +
                   "</name><executable>" + executable + "</executable></command><active-response><command>" +
                   called +
                   "</command><location>server</location><rules_group>suspicious_dns,</rules_group>"
                   "</active-response></ossec_config>");
        return finding("active-response");
    };
    EXPECT_NE(response("other", "other", "enrich-otx").find("PROBLEM enrich-otx has no <command>"),
              std::string::npos);
    EXPECT_NE(response("enrich-otx", "enrich_otx", "enrich-otx").find("not our shim"), std::string::npos);
    EXPECT_NE(response("otx", "enrich-otx.sh", "otx").find("not our shim"), std::string::npos);
    fs::remove(home_.active_response());
    response("otx", "enrich-otx", "otx");
    EXPECT_NE(problems().find("enrich-otx: is not there"), std::string::npos) << problems();
}

// False alarms of 0.1.0.

TEST_F(DoctorTest, KnowsThatChildrenAreTriedFirst) {
    other_rule("id=\"61650\" overwrite=\"yes\" level=\"5\"", "", "windows,sysmon,");
    EXPECT_EQ(problems() + warnings(), "");
}

TEST_F(DoctorTest, ForgetsWhatTheLogSaidBeforeItWasMended) {
    const std::string error = "ERROR: Unable to run integration for custom-dnsstats -> integrations";
    set_age(home_.ossec_conf(), -3000);
    set_age(home_.integration(), -3000);
    set_age(home_.path / "queue/sockets/integrator", -3000);
    write_file(home_.log(), log_line(-100, error));
    EXPECT_NE(finding("ossec.log").find("warning has errors about the integration"), std::string::npos);
    write_file(home_.log(), log_line(-100, error) + log_line(-50, "INFO: Started (pid: 7)."));
    EXPECT_EQ(finding("ossec.log"), "not looked at") << "started again since";
    write_file(home_.log(), log_line(-100, error));
    set_age(home_.integration(), -50);
    EXPECT_EQ(finding("ossec.log"), "not looked at") << "the shim was replaced since";
    set_age(home_.integration(), -300'000);
    set_age(home_.ossec_conf(), -300'000);
    set_age(home_.path / "queue/sockets/integrator", -300'000);
    write_file(home_.log(), log_line(-200'000, error));
    EXPECT_EQ(finding("ossec.log"), "not looked at") << "two days ago";
    write_file(home_.log(), log_line(-60, "INFO: Started (pid: 7).") +
                                log_line(-59,
                                         "ERROR: Unable to enable integration for: 'custom-dnsstats'. File "
                                         "not found inside 'integrations'."));
    EXPECT_TRUE(finding("ossec.log").starts_with("PROBLEM the integrator could not enable"));
}

TEST_F(DoctorTest, SeesThatTheIntegratorWasNotRestarted) {
    set_age(home_.path / "queue/sockets/integrator", -100);
    expect_only_a_warning("wazuh-integratord: was started before ossec.conf was changed");
    write_file(home_.log(), log_line(-100, "INFO: Started (pid: 7).") +
                                log_line(-99, "INFO: Enabling integration for: 'slack'."));
    expect_problem(
        "wazuh-integratord: was started before ossec.conf was changed, and without our integration");
}

TEST_F(DoctorTest, SeesAShimThatIsNone) {
    write_file(home_.integration(), "");
    expect_problem("custom-dnsstats: is empty");
    write_file(home_.integration(), read_file(shim_of_this_build()).substr(0, 1000));
    expect_problem("custom-dnsstats: is cut");
    write_file(home_.integration(), "#!/bin/sh\n");
    expect_problem("custom-dnsstats: is another program");
}

TEST_F(DoctorTest, SeesANeedlessActiveResponse) {
    for (const char* filter :
         {"<rules_group>dnsstat_alert,</rules_group>", "<rules_id>100612</rules_id>",
          "<rules_group>sysmon_event_22</rules_group>", "<rules_group>zz|^dnsstat</rules_group>"}) {
        write_conf(std::string(stock_conf) +
                   "<ossec_config><command><name>otx</name><executable>enrich-otx</executable></command>"
                   "<active-response><command>otx</command><location>server</location>" +
                   filter + "</active-response></ossec_config>");
        EXPECT_NE(finding("active-response").find("each hit is reported twice"), std::string::npos) << filter;
    }
}

TEST_F(DoctorTest, SeesNoConflictInRulesOfSocfortress) {
    other_rule("id=\"100600\" level=\"3\"", "<if_sid>61600</if_sid>", "windows,sysmon,");
    later_rule("id=\"100616\" level=\"12\"", "<if_sid>61600</if_sid>");
    EXPECT_EQ(problems() + warnings(), "");
}

TEST_F(DoctorTest, SeesRulesThatReferToAnIdOfBefore) {
    later_rule("id=\"100999\" level=\"5\"", "<if_sid>100616</if_sid>");
    expect_problem("rule 100999: refers to rule 100616, whose id is 100301 now");
    other_rule("id=\"100616\" level=\"5\"", "<if_sid>61600</if_sid>");
    EXPECT_EQ(problems(), "") << "it is somebody else's";
}

TEST_F(DoctorTest, NeverAdvisesToDeleteADetection) {
    write_rules("enrichd_rules.xml", read_file(ENRICHD_TEST_DATA "/wazuh/enrichd_rules-0.1.0.xml"));
    other_rule("id=\"100600\" level=\"3\"", "<if_sid>61600</if_sid>", "windows,sysmon,");
    expect_problem("rule 100600: is in");
    const std::string text = doctor(config_, "", accounts_).human;
    EXPECT_EQ(text.find("remove one"), std::string::npos);
    EXPECT_NE(text.find("the other file stays"), std::string::npos) << text;
}

TEST_F(DoctorTest, SeesThatOurOwnEventsGiveNoAlert) {
    later_rule("id=\"100610\" overwrite=\"yes\" level=\"0\"",
               "<field name=\"integration\">^dnsstat$</field>");
    expect_only_a_warning("rule 100610: makes no alert of most events of Domain Stats");
    replace("<log_alert_level>3", "<log_alert_level>15");
    expect_problem("the events of Domain Stats give no alert");
}

TEST_F(DoctorTest, PrintsNothingThatATerminalObeys) {
    replace("<group>sysmon_event_22", "<group>\x1b]0;owned\x07\xff");
    later_rule("id=\"\x1b[2J\" level=\"7\"", "<if_sid>100300</if_sid>");
    const Report report = doctor(config_, "", accounts_);
    EXPECT_EQ(report.human.find('\x1b'), std::string::npos);
    EXPECT_EQ(report.human.find('\x07'), std::string::npos);
    EXPECT_NE(report.human.find("owned"), std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(report.json));
}

TEST_F(DoctorTest, FollowsALinkOfRootToOssecConf) {
    fs::rename(home_.ossec_conf(), dir_ / "managed.conf");
    fs::create_symlink(dir_ / "managed.conf", home_.ossec_conf());
    EXPECT_EQ(problems(), "");
    ASSERT_EQ(::lchown(home_.ossec_conf().c_str(), some_group, some_group), 0);
    expect_problem("is a link that does not belong to root");
}

TEST_F(DoctorTest, ReadsAnIntegrationThatIsThereByHand) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(ENRICHD_TEST_DATA "/cases/ossec")) {
        const std::string name = entry.path().stem();
        const bool by_hand = name.starts_with("y");
        const bool warns = name.starts_with("x21") || name.starts_with("x29") || name.starts_with("x30") ||
                           name.starts_with("x33");
        const bool may_be_quiet = name.starts_with("y10") || name.starts_with("y14");
        if (!by_hand && !warns) continue;
        ++count;
        std::string text = read_file(entry.path());
        if (warns && text.find("custom-dnsstats") == std::string::npos) text += integration_text();
        write_conf(text);
        EXPECT_EQ((problems() + warnings()).empty(), may_be_quiet) << name << "\n"
                                                                   << problems() << warnings();
    }
    EXPECT_EQ(count, 18U);
}

}  // namespace
}  // namespace enrichd::wazuh::test::doctor_test

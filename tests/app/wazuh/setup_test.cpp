// install, uninstall and doctor on a made-up directory of a Wazuh manager.
#include "app/wazuh/setup.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "app/wazuh/doctor.hpp"
#include "app/wazuh/home.hpp"
#include "fakes/fake_wazuh_queue.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::wazuh::test {
namespace {

using namespace enrichd::test;
namespace fs = std::filesystem;

constexpr gid_t some_group = 1;  // daemon; a machine without Wazuh has no group wazuh

class WazuhTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "files can be given to root by root alone";
        for (const char* part :
             {"integrations", "active-response/bin", "etc/rules", "queue/sockets", "logs", "bin"})
            fs::create_directories(home_.path / part);
        write_file(home_.ossec_conf(), "<ossec_config>\n  <global></global>\n</ossec_config>\n");
        write_file(home_.path / "VERSION.json", "{\"version\":\"4.14.9\"}");
        ASSERT_EQ(::chown(home_.path.c_str(), 0, some_group), 0);
        ASSERT_EQ(::chmod(home_.ossec_conf().c_str(), 0640), 0);
        config_.wazuh_home = home_.path;
        config_.intake.socket = dir_ / "intake.sock";
        config_.spool = dir_ / "spool";
        config_.admin_socket = dir_ / "admin.sock";
    }

    std::string conf() const { return read_file(home_.ossec_conf()); }
    std::size_t backups() const {
        return static_cast<std::size_t>(std::count_if(
            fs::directory_iterator(home_.path / "etc"), {}, [](const fs::directory_entry& entry) {
                return entry.path().filename().string().starts_with("ossec.conf.before-enrichd-");
            }));
    }
    /// One of Wazuh's programs that look whether a configuration is good.
    void validator(int exit_code) {
        write_file(
            home_.path / "bin/wazuh-analysisd",
            "#!/bin/sh\necho \"ERROR: (1230): Invalid element\"\nexit " + std::to_string(exit_code) + "\n");
        ::chmod((home_.path / "bin/wazuh-analysisd").c_str(), 0755);
    }
    /// What doctor found of a thing, "PROBLEM why": the gravest when it is named more than once.
    std::string finding(const std::string& what) {
        const auto report = nlohmann::json::parse(doctor(config_, "").json);
        std::string found = "not looked at";
        const auto gravity = [](const std::string& text) {
            return text.starts_with("PROBLEM")   ? 3
                   : text.starts_with("warning") ? 2
                   : text.starts_with("ok")      ? 1
                                                 : 0;
        };
        for (const auto& one : report["findings"]) {
            if (one["what"].get<std::string>().find(what) == std::string::npos) continue;
            const std::string said =
                one["finding"].get<std::string>() + " " + one["detail"].get<std::string>();
            if (gravity(said) > gravity(found)) found = said;
        }
        return found;
    }

    TempDir dir_;
    Home home_{fs::canonical(dir_.path()) / "ossec"};
    Config config_;
    const wazuh::Setup setup_{config_, dir_ / "etc/wazuh_homes.json"};
};

TEST_F(WazuhTest, InstallPutsShimAndRulesAndShowsTheRest) {
    const Report report = install(setup_, "", false);
    EXPECT_TRUE(report.good) << report.human << report.error;
    for (const fs::path& file : {home_.integration(), home_.active_response()}) {
        struct stat status {};
        ASSERT_EQ(::stat(file.c_str(), &status), 0) << file;
        EXPECT_EQ(status.st_uid, 0U);
        EXPECT_EQ(static_cast<int>(status.st_gid), home_.group());
        EXPECT_EQ(status.st_mode & 07777U, 0750U);
        EXPECT_EQ(read_file(file), read_file(shim_of_this_build()));
    }
    EXPECT_EQ(read_file(home_.rules()), rules_text());
    EXPECT_NE(report.human.find("<name>custom-dnsstats</name>"), std::string::npos);
    EXPECT_EQ(conf().find("custom-dnsstats"), std::string::npos) << "it was not asked to write there";
}

TEST_F(WazuhTest, WriteAddsOurPartOnceAfterABackup) {
    const std::string before = conf();
    EXPECT_TRUE(install(setup_, "", true).good);
    EXPECT_TRUE(conf().starts_with(before));
    EXPECT_NE(conf().find("<name>custom-dnsstats</name>"), std::string::npos);
    EXPECT_EQ(backups(), 1U);
    struct stat status {};
    ::stat(home_.ossec_conf().c_str(), &status);
    EXPECT_EQ(status.st_mode & 07777U, 0640U) << "as it was";
    const std::string after = conf();
    EXPECT_TRUE(install(setup_, "", true).good);
    EXPECT_EQ(conf(), after) << "a second time changes nothing";
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_EQ(conf(), before);
    for (const fs::path& file : {home_.integration(), home_.active_response(), home_.rules()})
        EXPECT_FALSE(fs::exists(file)) << file;
    EXPECT_TRUE(fs::is_empty(dir_ / "etc")) << "and nothing is remembered";
}

TEST_F(WazuhTest, WhatWazuhDoesNotAcceptIsPutBack) {
    validator(1);
    const std::string before = conf();
    const Report report = install(setup_, "", true);
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.human.find("(1230): Invalid element"), std::string::npos) << report.human;
    EXPECT_EQ(conf(), before);
    validator(0);
    EXPECT_TRUE(install(setup_, "", true).good);
}

TEST_F(WazuhTest, AnOssecConfThatIsNoXmlIsLeftAlone) {
    write_file(home_.ossec_conf(), "<ossec_config>\n<unclosed>\n</ossec_config>\n");
    const std::string before = conf();
    const Report report = install(setup_, "", true);
    EXPECT_FALSE(report.good);
    EXPECT_EQ(conf(), before);
}

TEST_F(WazuhTest, AProgramThatWasThereIsMovedAsideAndComesBack) {
    write_file(home_.integration(), "#!/usr/bin/python3\n");
    EXPECT_TRUE(install(setup_, "", false).good);
    EXPECT_EQ(read_file(home_.integration().string() + ".before-enrichd"), "#!/usr/bin/python3\n");
    EXPECT_TRUE(uninstall(setup_, "", false).good);
    EXPECT_EQ(read_file(home_.integration()), "#!/usr/bin/python3\n");
}

TEST_F(WazuhTest, RulesThatSomebodyChangedStay) {
    EXPECT_TRUE(install(setup_, "", false).good);
    write_file(home_.rules(), std::string(rules_text()) + "<!-- mine -->\n");
    EXPECT_TRUE(refresh(setup_).good);
    EXPECT_NE(read_file(home_.rules()).find("mine"), std::string::npos);
    EXPECT_EQ(read_file(home_.rules().string() + ".new"), rules_text());
    EXPECT_TRUE(uninstall(setup_, "", false).good);
    EXPECT_TRUE(fs::exists(home_.rules()));
}

TEST_F(WazuhTest, RefreshBringsUpToDateWhatIsThereAndAddsNothing) {
    EXPECT_TRUE(install(setup_, "", false).good);
    write_file(home_.integration(), "an older shim, which knows " WIRE_DEFAULT_SOCKET);
    fs::remove(home_.active_response());
    EXPECT_TRUE(refresh(setup_).good);
    EXPECT_EQ(read_file(home_.integration()), read_file(shim_of_this_build()));
    EXPECT_FALSE(fs::exists(home_.active_response()));
}

TEST_F(WazuhTest, ADirectoryThatIsNoManagersIsRefused) {
    const Report report = install(setup_, dir_ / "nowhere", false);
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.error.find("it has no integrations"), std::string::npos) << report.error;
}

TEST_F(WazuhTest, TheOriginalRulesBesideOursAreAProblem) {
    write_file(home_.rules_directory() / "100610-domain_stats_rules.xml",
               "<group name=\"dnsstat\"><rule id=\"100610\" "
               "level=\"5\"><description>x</description></rule></group>");
    const Report report = install(setup_, "", false);
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.human.find("has rules with ids of ours (100610)"), std::string::npos) << report.human;
    EXPECT_NE(finding("rule 100610").find("PROBLEM is in "), std::string::npos) << finding("rule 100610");
}

TEST_F(WazuhTest, DoctorFindsWhatGoesWrongInPractice) {
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
    EXPECT_TRUE(finding("queue/sockets/queue").starts_with("ok"));
    EXPECT_TRUE(finding("spool/new").starts_with("PROBLEM is not there"));
    EXPECT_FALSE(doctor(config_, "").good);
}

TEST_F(WazuhTest, DoctorReadsTheRulesAsWazuhDoes) {
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

TEST_F(WazuhTest, DoctorReadsTheIntegrationBlock) {
    const auto block = [&](const std::string& inside) {
        write_file(home_.ossec_conf(), "<ossec_config><integration><name>custom-dnsstats</name>" + inside +
                                           "</integration></ossec_config>");
        return finding("ossec.conf: integration");
    };
    EXPECT_NE(block("<group>sysmon_event_22</group>").find("<alert_format> is not json"), std::string::npos);
    EXPECT_NE(block("<alert_format>json</alert_format><group>a, sysmon_event_22</group>").find("has blanks"),
              std::string::npos);
    EXPECT_NE(block("<alert_format>json</alert_format>").find("every alert of this manager"),
              std::string::npos);
    EXPECT_NE(block("<alert_format>json</alert_format><group>other</group>").find("not sysmon_event_22"),
              std::string::npos);
    write_file(home_.path / "VERSION.json", "{\"version\":\"5.0.0\"}");
    EXPECT_TRUE(finding("version of Wazuh").starts_with("PROBLEM 5.0.0 has no integrator"));
    fs::remove(home_.path / "VERSION.json");
    write_file(home_.path / "bin/wazuh-control", "#!/bin/sh\nVERSION=\"v4.3.9\"\n");
    EXPECT_TRUE(finding("version of Wazuh").starts_with("PROBLEM 4.3.9 has no rule 61650"));
}

TEST_F(WazuhTest, DoctorLooksAtActiveResponses) {
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

TEST_F(WazuhTest, DoctorTellsThatTheLogComplainsAndNotWhat) {
    std::string log;
    log.resize(20'000'000, 'x');
    log +=
        "\n2026/11/24 03:00:00 wazuh-integratord: ERROR: Command (integrations/custom-dnsstats /tmp/x.alert "
        "SECRETAPIKEY https://hook) execution exited abnormally.\n";
    write_file(home_.log(), log);
    EXPECT_EQ(finding("ossec.log"),
              "warning has errors about the integration, the last at 2026/11/24 03:00:00");
}

TEST_F(WazuhTest, DoctorSeesARuleThatTakesAlertsAway) {
    install(setup_, "", false);
    write_file(home_.rules_directory() / "local_rules.xml",
               "<group name=\"mine,\"><rule id=\"100700\" level=\"5\"><if_sid>61650</if_sid></rule></group>");
    EXPECT_NE(finding("rule 100700").find("is tried before rule 100300"), std::string::npos)
        << finding("rule 100700");
}

TEST_F(WazuhTest, LinksAndPipesInPlaceOfFilesAreNotFollowed) {
    write_file(dir_ / "secret", "<ossec_config></ossec_config>\nroot:x:0:0\n");
    fs::remove(home_.ossec_conf());
    fs::create_symlink(dir_ / "secret", home_.ossec_conf());
    EXPECT_FALSE(install(setup_, "", true).good);
    EXPECT_EQ(backups(), 0U) << "its content goes nowhere";
    EXPECT_EQ(read_file(dir_ / "secret"), "<ossec_config></ossec_config>\nroot:x:0:0\n");
    ASSERT_EQ(::mkfifo((home_.rules_directory() / "pipe.xml").c_str(), 0600), 0);
    const Fd writer(::open((home_.rules_directory() / "pipe.xml").c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_TRUE(finding("pipe.xml").starts_with("warning cannot be read")) << "and nobody waits for it";
    fs::remove_all(home_.rules_directory());
    fs::create_directory(dir_ / "elsewhere");
    fs::create_directory_symlink(dir_ / "elsewhere", home_.rules_directory());
    EXPECT_FALSE(install(setup_, "", false).good);
    EXPECT_TRUE(fs::is_empty(dir_ / "elsewhere"));
}

TEST_F(WazuhTest, RulesThatWazuhDoesNotAcceptAreTakenBack) {
    validator(1);
    EXPECT_FALSE(install(setup_, "", false).good);
    EXPECT_FALSE(fs::exists(home_.rules()));
    write_file(home_.path / "VERSION.json", "{\"version\":\"4.3.9\"}");
    EXPECT_NE(install(setup_, "", false).error.find("needs 4.4 to 4.14"), std::string::npos);
}

TEST_F(WazuhTest, UninstallRemembersAHomeInWhichSomethingIsLeft) {
    EXPECT_TRUE(install(setup_, home_.path, true).good);
    config_.wazuh_home = "/nowhere";
    EXPECT_TRUE(uninstall(setup_, "", false).good);
    EXPECT_NE(conf().find("custom-dnsstats"), std::string::npos);
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_EQ(conf().find("custom-dnsstats"), std::string::npos);
    EXPECT_EQ(backups(), 2U) << "each backup has a name of its own, in the same second too";
    EXPECT_FALSE(uninstall(setup_, "/nope", true).good);
}

}  // namespace
}  // namespace enrichd::wazuh::test

// install and uninstall on a made-up directory of a Wazuh manager.
#include "wazuh/setup.hpp"

#include <sys/mount.h>

#include "made_up_home.hpp"

namespace enrichd::wazuh::test::setup_test {
namespace {

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
    EXPECT_EQ(backups(), 0U) << "nothing is left there";
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

TEST_F(WazuhTest, SaysWhenWazuhsProgramsAreNotThereToCheckIt) {
    EXPECT_NE(install(setup_, "", true).human.find("NOT CHECKED"), std::string::npos);
    validator(0);
    fs::copy_file(home_.path / "bin/wazuh-analysisd", home_.path / "bin/wazuh-integratord");
    EXPECT_EQ(install(setup_, "", true).human.find("NOT CHECKED"), std::string::npos);
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

TEST_F(WazuhTest, LinksAndPipesInPlaceOfFilesAreNotFollowed) {
    write_file(dir_ / "secret", "<ossec_config></ossec_config>\nroot:x:0:0\n");
    fs::remove(home_.ossec_conf());
    fs::create_symlink(dir_ / "secret", home_.ossec_conf());
    ASSERT_EQ(::lchown(home_.ossec_conf().c_str(), some_group, some_group), 0) << "as group wazuh may";
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

TEST_F(WazuhTest, UninstallWithoutWriteRemovesNothingThatOssecConfStillCalls) {
    EXPECT_TRUE(install(setup_, home_.path, true).good);
    config_.wazuh_home = "/nowhere";
    const Report report = uninstall(setup_, "", false);
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.human.find("nothing was removed: run with --write"), std::string::npos) << report.human;
    EXPECT_NE(conf().find("custom-dnsstats"), std::string::npos);
    for (const fs::path& file : {home_.integration(), home_.active_response(), home_.rules()})
        EXPECT_TRUE(fs::exists(file)) << file;
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_EQ(conf().find("custom-dnsstats"), std::string::npos);
    EXPECT_FALSE(uninstall(setup_, "/nope", true).good);
}

TEST_F(WazuhTest, WhatCannotBeAddedToIsRefusedBeforeAnythingIsWritten) {
    for (const auto& [text, why] :
         {std::pair<std::string, const char*>{std::string("<ossec_config>\n</ossec_config>\n\0\0", 32),
                                              "line 3: a NUL byte"},
          {std::string("\xff\xfe<\0o\0", 6), "UTF-16"},
          {"<ossec_config>\n</ossec_config>\n<!-- end \n", "is no XML, line "},
          {"", "has no <ossec_config>"},
          {"<agent_config></agent_config>\n", "has no <ossec_config>"},
          {"<ossec_config>\n<a>1 < 2</a>\n</ossec_config>\n", "is no XML, line 2"}}) {
        write_conf(text);
        const Report report = install(setup_, "", true);
        EXPECT_FALSE(report.good);
        EXPECT_NE(report.error.find(why), std::string::npos) << report.error << report.human;
        EXPECT_EQ(conf(), text);
        EXPECT_FALSE(fs::exists(home_.integration()) || fs::exists(home_.rules()));
    }
}

/// What each is for: tests/data/cases/ossec/index.json.
TEST_F(WazuhTest, ConfigurationsOfTheFieldComeBackAsTheyWere) {
    const auto index = nlohmann::json::parse(read_file(ENRICHD_TEST_DATA "/cases/ossec/index.json"));
    const std::vector<std::string> refused_of_the_unclear{"x16-empty", "x24-nul"};
    for (const auto& [name, expected] : index.items()) {
        const std::string text = read_file(ENRICHD_TEST_DATA "/cases/ossec/" + name + ".conf");
        const std::string expectation = expected[1];
        const bool refuse = expectation == "refuse" ||
                            std::find(refused_of_the_unclear.begin(), refused_of_the_unclear.end(), name) !=
                                refused_of_the_unclear.end();
        write_conf(text);
        const Report report = install(setup_, "", true);
        EXPECT_EQ(report.good, !refuse) << name << report.human << report.error;
        const bool there_before =
            expectation == "kept" || name == "x21-group-blank" || name == "x33-integration-level-high";
        EXPECT_EQ(conf() == text, refuse || there_before) << name;
        uninstall(setup_, "", true);
        EXPECT_EQ(conf(), text) << name;
        EXPECT_EQ(backups(), 0U) << name;
    }
    EXPECT_EQ(index.size(), 34U);
}

TEST_F(WazuhTest, TheOriginalUnderItsOwnNameIsPointedOut) {
    write_conf(read_file(ENRICHD_TEST_DATA "/cases/ossec/x19-original-py.conf"));
    EXPECT_NE(install(setup_, "", true).human.find("each alert would be looked up twice"), std::string::npos);
    EXPECT_NE(finding("ossec.conf: integration").find("each alert is looked up twice"), std::string::npos);
}

TEST_F(WazuhTest, UninstallFindsOurPartAfterItsMarksWereChanged) {
    const std::string before = conf();
    EXPECT_TRUE(install(setup_, "", true).good);
    const std::string installed = conf();
    const auto changed = [&](const std::string& what, const std::string& by) {
        std::string text = installed;
        for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
            text.replace(at, what.size(), by);
        EXPECT_NE(text, installed);
        write_conf(text);
        const Report report = uninstall(setup_, home_.path, true);
        EXPECT_TRUE(report.good) << report.human;
        return conf();
    };
    EXPECT_EQ(changed("<!-- enrichd: end -->\n", ""), before);
    EXPECT_EQ(changed("<!-- enrichd: begin, put here by enrichd wazuh install -->\n", ""), before);
    EXPECT_EQ(changed("enrichd: ", "  enrichd :\t"), before);
    EXPECT_EQ(
        changed("<alert_format>json</alert_format>", "<level>3</level><alert_format>json</alert_format>"),
        before);
    std::string crlf = before;
    for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2) crlf.insert(at, "\r");
    EXPECT_EQ(changed("\n", "\r\n"), crlf);
    std::string text = installed;
    for (std::size_t at = 0; (at = text.find("<!-- enrichd", at)) != std::string::npos;)
        text.erase(at, text.find('\n', at) - at + 1);
    write_conf(text);
    EXPECT_TRUE(uninstall(setup_, home_.path, true).good);
    EXPECT_EQ(conf(), before) << "without any mark it is still what install prints";
}

TEST_F(WazuhTest, UninstallSaysExactlyWhatItCannotTakeOut) {
    EXPECT_TRUE(install(setup_, "", true).good);
    replace("<integration>\n", "<integration>\n<name>slack</name></integration>\n  <integration>\n");
    const std::string before = conf();
    Report report = uninstall(setup_, "", true);
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.human.find("line 13: more than our <integration>"), std::string::npos) << report.human;
    EXPECT_EQ(conf(), before) << "what somebody added is not taken out";
    write_conf("<ossec_config><integration><name>custom-dnsstats</name></integration><a/></ossec_config>\n");
    report = uninstall(setup_, home_.path, true);
    EXPECT_FALSE(report.good);
    EXPECT_NE(report.human.find("remove it by hand"), std::string::npos) << report.human;
}

TEST_F(WazuhTest, UninstallTakesAwayTheNewlineThatInstallAdded) {
    for (const char* text :
         {"<ossec_config>\n</ossec_config>", "<ossec_config>\r\n</ossec_config>\r\n<!-- x -->"}) {
        write_conf(text);
        EXPECT_TRUE(install(setup_, "", true).good);
        EXPECT_TRUE(uninstall(setup_, "", true).good);
        EXPECT_EQ(conf(), text);
    }
}

TEST_F(WazuhTest, UninstallTakesAwayTheNewlineThatVersion010Added) {
    const std::string before = "<ossec_config>\n</ossec_config>";
    write_file(home_.ossec_conf().string() + ".before-enrichd-2026-11-01T00:00:00Z", before);
    write_conf(before + "\n<!-- enrichd: begin, put here by enrichd wazuh install -->\n" +
               std::string(integration_text()) + "<!-- enrichd: end -->\n");
    EXPECT_TRUE(uninstall(setup_, home_.path, true).good);
    EXPECT_EQ(conf(), before);
    EXPECT_EQ(backups(), 0U);
}

TEST_F(WazuhTest, ABackupThatDiffersStaysAndIsNamed) {
    EXPECT_TRUE(install(setup_, "", true).good);
    replace("<log_alert_level>3", "<log_alert_level>5");
    const Report report = uninstall(setup_, "", true);
    EXPECT_EQ(backups(), 1U);
    EXPECT_NE(report.human.find("differs from these backups, which stay: "), std::string::npos)
        << report.human;
}

TEST_F(WazuhTest, ALinkOfRootIsWrittenThroughAndStays) {
    fs::create_directory(dir_ / "managed");
    fs::rename(home_.ossec_conf(), dir_ / "managed/ossec.conf");
    fs::create_symlink("../../managed/ossec.conf", home_.ossec_conf());
    const std::string before = conf();
    EXPECT_TRUE(install(setup_, "", true).good);
    EXPECT_TRUE(fs::is_symlink(home_.ossec_conf()));
    EXPECT_NE(read_file(dir_ / "managed/ossec.conf").find("custom-dnsstats"), std::string::npos);
    EXPECT_TRUE(uninstall(setup_, "", true).good);
    EXPECT_TRUE(fs::is_symlink(home_.ossec_conf()));
    EXPECT_EQ(conf(), before);
}

TEST_F(WazuhTest, AMountedFileIsWrittenInPlace) {
    const std::string file = home_.ossec_conf();
    fs::copy_file(file, dir_ / "mounted.conf");
    if (::mount((dir_ / "mounted.conf").c_str(), file.c_str(), nullptr, MS_BIND, nullptr) != 0)
        GTEST_SKIP() << "this machine does not let us mount";
    const std::string before = conf();
    const Report report = install(setup_, "", true);
    const std::string installed = read_file(dir_ / "mounted.conf");
    const Report back = uninstall(setup_, "", true);
    const std::string after = read_file(dir_ / "mounted.conf");
    ASSERT_EQ(::umount(file.c_str()), 0);
    EXPECT_TRUE(report.good) << report.human;
    EXPECT_NE(installed.find("custom-dnsstats"), std::string::npos);
    EXPECT_TRUE(back.good) << back.human;
    EXPECT_EQ(after, before);
}

TEST_F(WazuhTest, ALinkThatWasTheProgramComesBack) {
    fs::create_symlink("custom-dnsstats.py", home_.integration());
    EXPECT_TRUE(install(setup_, "", false).good);
    EXPECT_TRUE(fs::is_symlink(home_.integration().string() + ".before-enrichd"));
    EXPECT_TRUE(uninstall(setup_, "", false).good);
    EXPECT_EQ(fs::read_symlink(home_.integration()), "custom-dnsstats.py");
}

TEST_F(WazuhTest, ALinkInPlaceOfTheRulesIsLeftAlone) {
    write_file(dir_ / "my_rules.xml", "<group name=\"a,\"></group>");
    fs::create_symlink(dir_ / "my_rules.xml", home_.rules());
    EXPECT_FALSE(install(setup_, "", false).good);
    EXPECT_TRUE(fs::is_symlink(home_.rules()));
    EXPECT_EQ(read_file(dir_ / "my_rules.xml"), "<group name=\"a,\"></group>");
}

TEST_F(WazuhTest, AnUpgradeReplacesTheRulesOfVersion010) {
    const std::string old = read_file(ENRICHD_TEST_DATA "/wazuh/enrichd_rules-0.1.0.xml");
    write_rules("enrichd_rules.xml", old);
    EXPECT_TRUE(install(setup_, "", false).good) << "though nobody remembers that it was put there";
    EXPECT_EQ(read_file(home_.rules()), rules_text());
    EXPECT_FALSE(fs::exists(home_.rules().string() + ".new"));
    write_rules("enrichd_rules.xml", old);
    write_rules("local_rules.xml",
                "<group name=\"a,\"><rule id=\"100700\" level=\"0\"><if_sid>100616</if_sid>"
                "<description>d</description></rule></group>");
    const Report report = refresh(setup_);
    EXPECT_TRUE(report.good) << report.human;
    EXPECT_EQ(read_file(home_.rules()), rules_text());
    EXPECT_NE(report.human.find("Rule 100700 in "), std::string::npos) << report.human;
    EXPECT_NE(report.human.find("refers to rule 100616, whose id is 100301 now"), std::string::npos);
}

TEST_F(WazuhTest, InstallSeesNoConflictInRulesOfSocfortress) {
    write_rules(
        "100100-MITRE.xml",
        "<group name=\"windows,sysmon,\"><rule id=\"100600\" level=\"3\"><if_sid>61600</if_sid></rule>"
        "<rule id=\"100616\" level=\"12\"><if_sid>61600</if_sid></rule></group>");
    const Report report = install(setup_, "", true);
    EXPECT_TRUE(report.good) << report.human;
    write_rules(
        "mine.xml",
        "<group name=\"mine,\"><rule id=\"100612\" level=\"3\"><if_sid>61600</if_sid></rule></group>");
    const Report conflict = install(setup_, "", true);
    EXPECT_FALSE(conflict.good);
    EXPECT_NE(conflict.human.find("Keep your rules"), std::string::npos) << conflict.human;
}

TEST_F(WazuhTest, WhatWazuhSaysCannotCommandATerminal) {
    write_file(home_.path / "bin/wazuh-analysisd", "#!/bin/sh\nprintf '\\033]0;owned\\007\\377'\nexit 1\n");
    ::chmod((home_.path / "bin/wazuh-analysisd").c_str(), 0755);
    const Report report = install(setup_, "", true);
    EXPECT_EQ(report.human.find('\x1b'), std::string::npos);
    EXPECT_NE(report.human.find("owned"), std::string::npos) << report.human;
    EXPECT_TRUE(nlohmann::json::accept(report.json));
}

TEST_F(WazuhTest, UninstallNamesRulesThatStandOnOurs) {
    EXPECT_TRUE(install(setup_, "", false).good);
    write_rules("local_rules.xml",
                "<group name=\"a,\"><rule id=\"100700\" level=\"0\"><if_sid>100612</if_sid></rule></group>");
    const Report report = uninstall(setup_, "", false);
    EXPECT_TRUE(report.good);
    EXPECT_NE(report.human.find("refers to rule 100612 of enrichd, which is removed"), std::string::npos)
        << report.human;
}

}  // namespace
}  // namespace enrichd::wazuh::test::setup_test

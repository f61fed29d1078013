// doctor where the daemon follows a file of Wazuh, and one thing is broken.
#include "wazuh/doctor/examination.hpp"
#include "wazuh/made_up_home.hpp"

namespace enrichd::wazuh::test::followed_files_test {
namespace {

class FollowedFilesTest : public WazuhTest {
  protected:
    void SetUp() override {
        WazuhTest::SetUp();
        if (::geteuid() != 0) return;
        everything_works();
        for (const char* directory : {"logs", "logs/alerts", "logs/archives"}) {
            fs::create_directories(home_.path / directory);
            own(home_.path / directory, 0750);
        }
        for (const auto& file : {home_.alerts(), home_.archives()}) {
            write_file(file, "{}\n");
            own(file, 0640);
        }
    }
    /// The daemon and Wazuh are told the same.
    void set_up(AlertSource source) {
        ASSERT_TRUE(install(setup_, "", true, {source, {}}).good);
        if (fs::exists(home_.rules())) {
            own(home_.rules(), 0660);
            make_older(home_.rules());
        }
        make_older(home_.ossec_conf());
        config_.files.files.clear();
        if (source == AlertSource::alerts) config_.files.files = {home_.alerts()};
        if (source == AlertSource::archives) config_.files.files = {home_.archives()};
    }
    void expect_problem(const std::string& what) {
        EXPECT_NE(problems().find(what), std::string::npos) << "found: " << problems();
        EXPECT_FALSE(doctor(config_, "", accounts_).good);
    }
    void expect_only_a_warning(const std::string& what) {
        EXPECT_EQ(problems(), "");
        EXPECT_NE(warnings().find(what), std::string::npos) << "found: " << warnings();
    }
    /// What is found by a status of the running daemon.
    std::string found_in(const std::string& status) {
        Findings findings;
        const std::optional<OssecConf> no_conf;
        const RuleSet rules;
        const Running running;
        const Ways ways = ways_of(config_, home_, no_conf);
        look_at_followed_files(
            {config_, home_, accounts_.enrichd, no_conf, ways, rules, running, running, findings}, status);
        return findings.report().human;
    }
};

TEST_F(FollowedFilesTest, NothingIsFoundWhereEverythingWorks) {
    for (const AlertSource source : {AlertSource::alerts, AlertSource::archives, AlertSource::integration}) {
        set_up(source);
        EXPECT_EQ(problems(), "") << name_of(source);
        EXPECT_EQ(warnings(), "") << name_of(source);
    }
}

TEST_F(FollowedFilesTest, NeitherIntegratorNorShimNorSpoolIsNeeded) {
    integrator_.reset();
    fs::remove_all(config_.spool.directory);
    for (const AlertSource source : {AlertSource::alerts, AlertSource::archives}) {
        set_up(source);
        EXPECT_FALSE(fs::exists(home_.integration()));
        EXPECT_EQ(problems() + warnings(), "") << name_of(source);
    }
    fs::remove(config_.intake.socket);
    config_.intake.allow = {"root"};
    expect_only_a_warning("intake.sock: is not there");
}

TEST_F(FollowedFilesTest, WithoutAnyWayNothingBringsAlerts) {
    set_up(AlertSource::alerts);
    config_.files.files.clear();
    expect_problem("no file of this Wazuh: nothing brings alerts");
    config_.files.files = {"/var/log/suricata/eve.json"};
    expect_problem("no file of this Wazuh: nothing brings alerts");
}

TEST_F(FollowedFilesTest, SeesThatWazuhDoesNotWriteTheFile) {
    set_up(AlertSource::archives);
    replace("<logall_json>yes", "<logall_json>no");
    expect_problem("logall_json: is not yes");
    set_up(AlertSource::alerts);
    replace("<jsonout_output>yes", "<jsonout_output>no");
    expect_problem("jsonout_output: is no");
    set_up(AlertSource::archives);
    EXPECT_EQ(problems(), "") << "archives.json is written without it";
}

TEST_F(FollowedFilesTest, SeesThatArchivesAreWrittenForNobody) {
    set_up(AlertSource::archives);
    config_.files.files = {home_.alerts()};
    EXPECT_NE(warnings().find("logall_json: is yes"), std::string::npos) << warnings();
}

TEST_F(FollowedFilesTest, SeesAFileThatIsNotThere) {
    set_up(AlertSource::alerts);
    fs::remove(home_.alerts());
    expect_problem("alerts.json: is not there: no alert comes by it, though wazuh-analysisd runs");
    queue_.reset();
    fs::remove(home_.queue());
    EXPECT_TRUE(finding("alerts/alerts.json").starts_with("warning is not there"))
        << "Wazuh is stopped, which is said";
    fs::create_directory(home_.alerts());
    EXPECT_TRUE(finding("alerts/alerts.json").starts_with("PROBLEM is no regular file"));
}

TEST_F(FollowedFilesTest, SeesAFileThatTheDaemonCannotRead) {
    set_up(AlertSource::alerts);
    ASSERT_EQ(::chown(home_.alerts().c_str(), 0, 0), 0);
    ASSERT_EQ(::chmod(home_.alerts().c_str(), 0600), 0);
    expect_problem("alerts.json: root:root 0600 keeps user daemon out");
    own(home_.alerts(), 0640);
    EXPECT_EQ(problems(), "");
    own(home_.path / "logs/alerts", 0700);
    expect_problem("logs/alerts: root:daemon 0700 keeps user daemon out");
    own(home_.path / "logs/alerts", 0750);
    config_.files.files.push_back(dir_ / "other.json");
    write_file(dir_ / "other.json", "{}\n");
    ASSERT_EQ(::chmod((dir_ / "other.json").c_str(), 0600), 0);
    expect_problem("other.json: ");
}

TEST_F(FollowedFilesTest, LooksAsTheUserOfTheDaemon) {
    set_up(AlertSource::archives);
    accounts_.enrichd = "nobody";
    if (fs::exists("/run/systemd/system")) GTEST_SKIP() << "here the unit gives it the group";
    expect_problem("enrichd cannot read the file that it follows");
}

TEST_F(FollowedFilesTest, TwoWaysAtOnceAreFineWhereTheContentsAreEqual) {
    set_up(AlertSource::integration);
    config_.files.files = {home_.alerts()};
    EXPECT_EQ(problems() + warnings(), "");
    EXPECT_TRUE(finding("intake.files").starts_with("ok alerts.json is followed beside the integration"));
    integrator_.reset();
    expect_only_a_warning("wazuh-integratord: does not run: alerts come by alerts.json alone");
}

TEST_F(FollowedFilesTest, TwoWaysAtOnceAreAWarningWhereTheContentsDiffer) {
    set_up(AlertSource::archives);
    config_.files.files = {home_.alerts(), home_.archives()};
    expect_only_a_warning("intake.files: archives.json is followed, and alerts come by alerts.json too");
    set_up(AlertSource::integration);
    replace("</global>", "<logall_json>yes</logall_json></global>");
    config_.files.files = {home_.archives()};
    expect_only_a_warning("intake.files: archives.json is followed, and alerts come by the integration too");
}

TEST_F(FollowedFilesTest, TheRuleForEvent22IsNeededForAlertsAlone) {
    set_up(AlertSource::alerts);
    write_rules("local_rules.xml",
                "<group name=\"mine,\"><rule id=\"100999\" level=\"7\"><if_sid>100300</if_sid>"
                "<description>d</description></rule></group>");
    EXPECT_EQ(problems() + warnings(), "") << "in alerts.json is each alert, whatever its groups";
    write_rules("local_rules.xml",
                "<group name=\"mine,\"><rule id=\"100999\" level=\"0\"><if_sid>100300</if_sid>"
                "<description>d</description></rule></group>");
    expect_problem("rule 100999: ");
    fs::remove(home_.rules_directory() / "local_rules.xml");
    set_up(AlertSource::archives);
    EXPECT_NE(finding("Sysmon's event 22").find("archives.json has every event"), std::string::npos);
    write_rules("enrichd_rules.xml", std::string(rules_text()));
    expect_only_a_warning("rule 100300: makes an alert of each DNS query, which is indexed");
}

TEST_F(FollowedFilesTest, KnowsWazuhsFilesByAnyPath) {
    set_up(AlertSource::alerts);
    fs::create_directory_symlink(home_.path / "logs", dir_ / "wazuh_logs");
    for (const std::string& path : {std::string(dir_ / "wazuh_logs/alerts/alerts.json"),
                                    home_.path.string() + "/etc/../logs/alerts/alerts.json"}) {
        config_.files.files = {path};
        EXPECT_EQ(problems() + warnings(), "") << path;
    }
}

TEST_F(FollowedFilesTest, SeesFilesThatAreNotWazuhs) {
    set_up(AlertSource::alerts);
    const std::string elsewhere = dir_ / "alerts.json";
    const std::string dated = home_.path / "logs/alerts/ossec-alerts-29.json";
    const std::string text = home_.path / "logs/alerts/alerts.log";
    for (const std::string& file : {elsewhere, dated, text}) {
        write_file(file, "{}\n");
        own(file, 0644);
    }
    const auto found = [&](const std::string& file) {
        config_.files.files = {home_.alerts(), file};
        return finding(file);
    };
    EXPECT_TRUE(found(elsewhere).starts_with("warning is not this Wazuh's")) << found(elsewhere);
    EXPECT_TRUE(found(dated).starts_with("warning is written for a day or less")) << found(dated);
    EXPECT_TRUE(found(text).starts_with("PROBLEM is text")) << found(text);
    write_file(dir_ / "eve.json", "{}\n");
    EXPECT_TRUE(found(dir_ / "eve.json").starts_with("ok is followed")) << found(dir_ / "eve.json");
}

TEST_F(FollowedFilesTest, SaysHowFarTheRunningDaemonIs) {
    config_.files.files = {home_.alerts()};
    const std::string file = nlohmann::json(home_.alerts().string()).dump();
    EXPECT_NE(found_in(R"({"files":[{"file":)" + file + R"(,"state":"reading","lag_bytes":4096}]})")
                  .find("the running daemon follows it: reading, 4096 bytes to read"),
              std::string::npos);
    EXPECT_NE(found_in(R"({"files":[{"file":)" + file + R"(,"state":7,"lag_bytes":"x"}]})")
                  .find("the running daemon follows it\n"),
              std::string::npos);
    EXPECT_NE(found_in(R"({"files":[7,{"file":"/other"}]})").find("is not followed by the running daemon"),
              std::string::npos);
    EXPECT_NE(found_in(R"({"files":[{"file":)" + file +
                       R"(,"state":"waiting","lag_bytes":0,"trouble":"Permission denied"}]})")
                  .find("the running daemon does not read it: Permission denied"),
              std::string::npos);
    for (const char* status : {"", "{}", "[]", R"({"files":{}})", "{"})
        EXPECT_EQ(found_in(status).find("the running daemon"), std::string::npos) << status;
}

}  // namespace
}  // namespace enrichd::wazuh::test::followed_files_test

// Nothing from outside steers the terminal of whoever runs a verb, whichever it is.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test::terminal_test {
namespace {

using fakes::FakeDomainStats;

/// A title of the window, a cleared screen by C1, text turned round, DEL, and a byte that is no UTF-8.
const std::string hostile =
    "x\x1b]0;owned\x07\x1b[2J\xc2\x9b"
    "1m\u202ey\x7f\xff";
/// The same for where only UTF-8 gets through.
const std::string hostile_text =
    "x\x1b]0;owned\x07\xc2\x9b"
    "1m\u202ey\x7f";

/// The first part of a text that a terminal would obey; empty when there is none.
std::string obeyed(const std::string& text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool c0 = (byte < ' ' && text[at] != '\n' && text[at] != '\t') || byte == 0x7f;
        const bool c1 = text.compare(at, 1, "\xc2") == 0 && at + 1 < text.size() &&
                        static_cast<unsigned char>(text[at + 1]) < 0xa0;
        if (c0 || c1 || text.compare(at, 3, "\u202e") == 0) return text.substr(at, 20);
    }
    return valid_utf8(text) ? "" : "no UTF-8";
}

class TerminalTest : public testing::Test {
  protected:
    /// Looks at what the program writes to both, for exactly these words.
    void look(const std::vector<std::string>& words) {
        std::vector<std::string> arguments{"enrichd"};
        arguments.insert(arguments.end(), words.begin(), words.end());
        Child child({ENRICHD_PROGRAM, arguments, {}, {}});
        const std::string output = child.output();
        EXPECT_GE(child.wait(), 0);
        EXPECT_EQ(obeyed(output), "") << words[0] << " " << (words.size() > 1 ? words[1] : "");
    }
    std::string config() const { return daemon_.home() / "enrichd.yaml"; }
    std::string file(const std::string& name, const std::string& text) const {
        write_file(daemon_.home() / name, text);
        return daemon_.home() / name;
    }

    FakeDomainStats server_;
    DaemonUnderTest daemon_{server_.url()};
};

TEST_F(TerminalTest, ArgumentsAreShownAsText) {
    daemon_.start();
    const std::string c = config();
    const std::vector<std::vector<std::string>> all{
        {hostile},
        {"--" + hostile},
        {"help", hostile},
        {"run", "-c", hostile},
        {"check", "-c", hostile},
        {"check", "-o", hostile, "-c", c},
        {"check", "-o", "json", "-c", hostile},
        {"lookup", hostile, "-c", c},
        {"lookup", hostile, "-c", c, "-o", "json"},
        {"lookup", hostile, "-c", c, "--no-cache"},
        {"explain", hostile, "-c", c},
        {"replay", hostile, "-c", c},
        {"replay", "--dry-run", hostile, "-c", c},
        {"status", "-o", hostile, "-c", c},
        {"status", "-c", hostile},
        {"cache", hostile},
        {"cache", "get", hostile, "-c", c},
        {"cache", "flush", hostile, "-c", c},
        {"cache", "stats", hostile, "-c", c},
        {"log", "level", hostile, "-c", c},
        {"seen", "import", hostile, "-c", c},
        {"seen", "forget", hostile, "-c", c},
        {"seen", "count", "-c", hostile},
        {"seen", "export", "-c", hostile},
        {"support", hostile + "/x", "-c", c},
        {"wazuh", "install", "--home", hostile, "-c", c},
        {"wazuh", "uninstall", "--home", hostile, "-c", c},
        {"wazuh", "doctor", "--home", hostile, "-c", c},
        {"wazuh", "doctor", "--home", hostile, "-c", c, "-o", "json"},
        {"completion", hostile},
        {"version", "-o", hostile},
    };
    for (const auto& words : all) look(words);
}

TEST_F(TerminalTest, WhatFilesHoldIsShownAsText) {
    daemon_.start();
    const std::string c = config();
    const std::string quoted = nlohmann::json(hostile_text).dump();
    const std::string yaml =
        file("bad.yaml", quoted + ": 1\nlog:\n  level: " + quoted + "\nwazuh: {home: " + quoted + "}\n");
    for (const char* verb : {"run", "check", "status"}) look({verb, "-c", yaml});
    look({"check", "-o", "json", "-c", yaml});
    look({"check", "-c", file("raw.yaml", "log: {level: " + hostile + "}\n")});
    const std::string shown =
        file("good.yaml", "wazuh: {home: " + nlohmann::json("/" + hostile_text).dump() + "}\n");
    look({"check", "--show", "-c", shown});
    look({"check", "--show", "-o", "json", "-c", shown});
    look({"support", "-", "-c", shown});

    nlohmann::json alert = nlohmann::json::parse(alert_for("www.new-one.com"));
    alert["agent"]["name"] = hostile_text;
    const std::string named = file("named", alert.dump());
    look({"explain", named, "-c", c});
    look({"explain", named, "-c", c, "-o", "json"});
    look({"replay", "--dry-run", named, "-c", c});
    alert["data"]["win"]["eventdata"]["queryName"] = hostile_text + ".new-two.com";
    look({"explain", file("query", alert.dump()), "-c", c});
    look({"explain", file("bytes", hostile), "-c", c});
    look({"seen", "import", file("list", hostile + "\n" + hostile + ".com\n"), "-c", c});

    const std::filesystem::path home = daemon_.home() / "ossec";
    for (const char* part :
         {"etc/rules", "integrations", "active-response/bin", "logs", "queue/sockets", "bin"})
        std::filesystem::create_directories(home / part);
    write_file(home / "etc/ossec.conf", "<ossec_config><integration><name>custom-dnsstats</name><group>" +
                                            hostile + "</group><alert_format>" + hostile +
                                            "</alert_format></integration></ossec_config>\n");
    write_file(home / "etc/rules/local_rules.xml", "<group name=\"" + hostile +
                                                       "\"><rule id=\"100610\" level=\"3\"><description>" +
                                                       hostile + "</description></rule></group>\n");
    write_file(home / "logs/ossec.log", hostile + " ERROR custom-dnsstats " + hostile + "\n");
    for (const char* verb : {"doctor", "install", "uninstall"})
        look({"wazuh", verb, "--home", home, "-c", c});
    look({"wazuh", "doctor", "--home", home, "-c", c, "-o", "json"});
}

TEST_F(TerminalTest, TheLogShowsWhatTheDaemonWasSentAsText) {
    daemon_.write_config("log: {level: debug}\n");
    daemon_.start();
    nlohmann::json alert = nlohmann::json::parse(alert_for("www.new-one.com", "1"));
    alert["agent"]["id"] = hostile_text;
    alert["data"]["win"]["eventdata"]["queryName"] = hostile_text;
    daemon_.shim(alert.dump());
    daemon_.shim(hostile);
    ASSERT_TRUE(eventually([&] { return daemon_.log().find("alert finished") != std::string::npos; }))
        << daemon_.log();
    EXPECT_EQ(obeyed(daemon_.log()), "");
}

}  // namespace
}  // namespace enrichd::test::terminal_test

// Which findings become events: learning, repeats, the allowlist; why and tap.
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <fstream>
#include <map>

#include "fakes/fake_rdap.hpp"
#include "model/host_name.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/sender.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace enrichd::test::policy_test {
namespace {

using nlohmann::json;

class PolicyTest : public testing::Test {
  protected:
    static std::string config(const std::string& policy) {
        return "domain_stats:\n  mode: embedded\n  embedded:\n    rdap: false\npolicy:\n" + policy;
    }
    void query(const std::string& name, const std::string& agent = "001") {
        json alert = json::parse(alert_for(name, std::to_string(++alerts_)));
        alert["agent"]["id"] = agent;
        ASSERT_EQ(daemon_->shim(alert.dump()).exit_code, 0);
    }
    void start(const std::string& policy) {
        daemon_.emplace("", config(policy));
        daemon_->start();
    }
    double suppressed(const std::string& reason) const {
        return daemon_->metric("enrichd_events_suppressed_total{reason=\"" + reason + "\"}");
    }
    json answer(std::vector<std::string> verb) const {
        verb.insert(verb.end(), {"-o", "json"});
        return json::parse(daemon_->verb(std::move(verb)).output);
    }
    void wait_for_finished(double count) const {
        ASSERT_TRUE(eventually([&] { return daemon_->metric("enrichd_alerts_finished_total") >= count; }));
    }

    std::optional<DaemonUnderTest> daemon_;
    int alerts_ = 0;
};

TEST_F(PolicyTest, WhileItLearnsFirstContactsAreRememberedAndNotReported) {
    start("  learn_for: 1d\n");
    query("www.new-name.com");
    wait_for_finished(1);
    EXPECT_EQ(suppressed("learning"), 1);
    daemon_->write_config(config("  learn_for: 0s\n"));
    daemon_->process().signal(SIGHUP);
    ASSERT_TRUE(
        eventually([&] { return daemon_->log().find("configuration reloaded") != std::string::npos; }));
    query("www.new-name.com");
    query("www.other-name.com");
    const auto events = daemon_->wait_for_events(1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["event"]["dnsstat"]["query"], "www.other-name.com");
}

/// 300 well-known names, each from 20 agents; two of them are NEW and listed.
class FreshDaemonTest : public PolicyTest {
  protected:
    static constexpr int agents = 20;
    void ask_for_everything(const std::string& policy) {
        write_file(home_ / "dns.json", rdap_.bootstrap());
        write_file(home_ / "list.txt", "listed-site.com\n");
        daemon_.emplace("", "domain_stats:\n  mode: embedded\n  embedded:\n    rdap_bootstrap: " +
                                (home_ / "dns.json").string() +
                                "\n    rdap_requests_per_hour: 1000000\nlists:\n  - name: bad\n    from: " +
                                (home_ / "list.txt").string() + "\npolicy:\n  repeat_after: 24h\n" + policy);
        daemon_->start();
        std::vector<std::string> names{"www.new-site.com", "www.listed-site.com"};
        std::ifstream in(std::string(ENRICHD_TEST_DATA) + "/well_known_domains.txt");
        for (std::string line; names.size() < 302 && std::getline(in, line);)
            if (const auto name = HostName::parse(line);
                name && name->registrable() == line && !line.starts_with("example."))
                names.push_back(line);
        ASSERT_EQ(names.size(), 302U);
        for (int agent = 1; agent <= agents; ++agent)
            for (const std::string& name : names) {
                json alert = json::parse(alert_for(name, std::to_string(++alerts_)));
                alert["agent"]["id"] = std::to_string(agent);
                const auto id = static_cast<std::uint64_t>(alerts_);
                ASSERT_TRUE(eventually([&, text = alert.dump()] {  // a busy daemon answers "no room now"
                    return hand_over(daemon_->socket(), text, id);
                }));
            }
        wait_for_finished(alerts_);
        ASSERT_TRUE(eventually([&] { return daemon_->metric("enrichd_pending") == 0; }));
    }
    /// The number of events about a name.
    std::map<std::string, int> events() const {
        std::map<std::string, int> out;
        for (const json& line : daemon_->events()) {
            const json& event = line["event"];
            ++out[event.contains("list") ? event["list"]["query"] : event["dnsstat"]["query"]];
        }
        return out;
    }

    TempDir home_;
    fakes::FakeRdap rdap_;
};

TEST_F(FreshDaemonTest, ThatLearnsReportsOnlyWhatIsNewOrListed) {
    ask_for_everything("  learn_for: 1d\n");
    EXPECT_EQ(events(),
              (std::map<std::string, int>{{"www.new-site.com", agents}, {"www.listed-site.com", agents}}));
}

TEST_F(FreshDaemonTest, ThatDoesNotLearnReportsEachFirstContactOnce) {
    ask_for_everything("");
    EXPECT_EQ(events().size(), 302U);
    EXPECT_EQ(first_contacts(daemon_->events()), 302U);
}

TEST_F(PolicyTest, LearningCountsFromTheFirstStart) {
    start("  learn_for: 1s\n");
    ASSERT_EQ(daemon_->stop(), 0);
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(
        eventually([&] { return std::chrono::steady_clock::now() - begun > std::chrono::seconds(2); }));
    daemon_->start();
    query("www.new-name.com");
    EXPECT_EQ(first_contacts(daemon_->wait_for_events(1)), 1U);
}

TEST_F(PolicyTest, TheSameFindingIsNotReportedAgainAndIsCounted) {
    start("  repeat_after: 24h\n");
    for (int i = 0; i < 3; ++i) query("xkqzvjwq.com");
    query("xkqzvjwq.com", "002");
    const auto events = daemon_->wait_for_events(2);
    wait_for_finished(4);
    EXPECT_EQ(daemon_->events().size(), 2U) << "one for each agent";
    EXPECT_GE(suppressed("repeat"), 1);
    ASSERT_EQ(daemon_->stop(), 0);
    daemon_->start();
    query("xkqzvjwq.com");
    wait_for_finished(1);
    EXPECT_EQ(daemon_->events().size(), 2U) << "also after a restart";
}

TEST_F(PolicyTest, WhatIsAllowedGivesNoEventUntilItIsRemoved) {
    start("  repeat_after: 0s\n");
    EXPECT_EQ(answer({"allow", "add", ".corp-cdn.com", "--note", "ours"})["added"]["name"], ".corp-cdn.com");
    query("a.corp-cdn.com");
    wait_for_finished(1);
    EXPECT_EQ(daemon_->events().size(), 0U);
    EXPECT_EQ(suppressed("allowed"), 1);
    EXPECT_EQ(answer({"allow", "check", "x.corp-cdn.com"})["by"], "allow");
    EXPECT_EQ(answer({"allow", "list"})["allowed"].size(), 1U);
    ASSERT_EQ(daemon_->stop(), 0);
    daemon_->start();
    EXPECT_EQ(answer({"allow", "list"})["allowed"][0]["note"], "ours");
    EXPECT_EQ(daemon_->verb({"allow", "remove", ".corp-cdn.com"}).exit_code, 0);
    EXPECT_EQ(daemon_->verb({"allow", "remove", ".corp-cdn.com"}).exit_code, 1);
    EXPECT_EQ(daemon_->verb({"allow", "add", ".com"}).exit_code, 1) << "a public suffix";
    EXPECT_EQ(daemon_->verb({"allow", "add", "a.com", "--until", "soon"}).exit_code, 1);
    EXPECT_EQ(daemon_->verb({"allow", "add", "a.com", "--kinds", "first"}).exit_code, 2);
}

TEST_F(PolicyTest, AnEntryThatIsOverAlreadyIsRefused) {
    start("  repeat_after: 0s\n");
    EXPECT_EQ(daemon_->verb({"allow", "add", ".old-name.com", "--until", "2020-01-01"}).exit_code, 1);
    query("www.old-name.com");
    EXPECT_EQ(daemon_->wait_for_events(1).size(), 1U);
}

TEST_F(PolicyTest, AKindCanBeOffOrALabel) {
    start(
        "  repeat_after: 0s\n  report: {first_contact: label, low_frequency: off, suspect_frequency: off}\n");
    query("www.plain-name.com");
    query("xkqzvjwq.com");
    wait_for_finished(2);
    EXPECT_EQ(daemon_->events().size(), 0U);
    EXPECT_EQ(suppressed("label") + suppressed("off"), 2);
}

TEST_F(PolicyTest, WhySaysAllThatIsKnownAndUsesNothingUp) {
    start("  repeat_after: 24h\n");
    json before = answer({"why", "www.some-name.com"});
    EXPECT_EQ(before["first_seen"], nullptr);
    EXPECT_EQ(before["filter"], "passes");
    query("www.some-name.com");
    EXPECT_EQ(first_contacts(daemon_->wait_for_events(1)), 1U);
    const json after = answer({"why", "www.some-name.com"});
    EXPECT_TRUE(after["first_seen"].is_string());
    ASSERT_EQ(after["events"].size(), 1U);
    EXPECT_EQ(after["events"][0]["findings"], json({"first_contact"}));
    EXPECT_EQ(after["events"][0]["agent"], "001");
    EXPECT_EQ(after["policy"]["known"], false);
    const auto result = [&](const std::string& name) {
        const std::string text = daemon_->verb({"why", name}).output;
        return text.substr(std::min(text.find("result: "), text.size()));
    };
    EXPECT_TRUE(result("www.some-name.com").starts_with("result: the last event was sent at "))
        << result("www.some-name.com");
    EXPECT_TRUE(result("printer.local").starts_with("result: the name is filtered: special_use"));
    EXPECT_NE(result("www.other-name.com")
                  .find("no event since the start of the daemon. Earlier ones are in Wazuh: "
                        "search for data.dnsstat.domain:other-name.com"),
              std::string::npos)
        << result("www.other-name.com");
    EXPECT_EQ(answer({"why", "printer.local"})["filter"], "filtered: special_use");
}

TEST_F(PolicyTest, TapShowsEachDecision) {
    start("  repeat_after: 24h\n");
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{AF_UNIX, {}};
    const std::string path = daemon_->home() / "admin.sock";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const std::string question = "{\"verb\":\"tap\",\"suffix\":\".tapped-name.com\"}\n";
    ASSERT_EQ(::send(socket, question.data(), question.size(), 0), static_cast<ssize_t>(question.size()));
    ASSERT_TRUE(eventually([&] {
        return daemon_->metric("enrichd_control_requests_total{result=\"ok\",verb=\"tap\"}") == 1 ||
               daemon_->metric("enrichd_control_requests_total{verb=\"tap\",result=\"ok\"}") == 1;
    }));
    query("www.other-name.com");
    query("www.tapped-name.com");
    query("www.tapped-name.com");
    std::string got;
    std::vector<json> lines;
    ASSERT_TRUE(eventually([&] {
        char block[4096];
        const ssize_t some = ::recv(socket, block, sizeof block, MSG_DONTWAIT);
        if (some > 0) got.append(block, static_cast<std::size_t>(some));
        for (std::size_t end = got.find('\n'); end != std::string::npos; end = got.find('\n')) {
            json line = json::parse(got.substr(0, end));
            if (line["decision"] != "waiting") lines.push_back(std::move(line));
            got.erase(0, end + 1);
        }
        return lines.size() >= 2;
    }));
    ::close(socket);
    EXPECT_EQ(lines[0]["query"], "www.tapped-name.com");
    EXPECT_EQ(lines[0]["domain"], "tapped-name.com");
    EXPECT_EQ(lines[0]["agent"]["id"], "001");
    EXPECT_EQ(lines[0]["source"], "socket");
    EXPECT_EQ(lines[0]["decision"], "reported");
    EXPECT_EQ(lines[0]["findings"], json({"first_contact"}));
    EXPECT_EQ(lines[0]["events"], json({"domain_stats"}));
    EXPECT_EQ(lines[1]["decision"], "nothing");
}

}  // namespace
}  // namespace enrichd::test::policy_test

// Which agents have asked for a domain: as a replay of the same alerts says, through kills of the daemon at
// any moment.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/sender.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

namespace enrichd::test::prevalence_test {
namespace {

using nlohmann::json;

constexpr unsigned domains = 400;
constexpr int kills = 20;
constexpr int alerts_between_kills = 150;

/// scripts/nightly has ten million of them counted.
int alerts_to_count() {
    const char* const count = std::getenv("ENRICHD_ALERTS_TO_COUNT");
    return count ? std::atoi(count) : kills * alerts_between_kills;
}

const std::string embedded =
    "domain_stats:\n  mode: embedded\n  embedded: {rdap: false}\npolicy: {repeat_after: 0s}\n";

void put(std::string& text, std::string_view mark, const std::string& value) {
    text.replace(text.find(mark), mark.size(), value);
}

std::string alert_of(const std::string& domain, const std::string& agent, int number) {
    static const std::string pattern = [] {
        json alert = json::parse(alert_for("@name", "@id"));
        alert["agent"]["id"] = "@agent";
        return alert.dump() + "\n";
    }();
    std::string text = pattern;
    put(text, "@name", "www." + domain);
    put(text, "@id", std::to_string(number));
    put(text, "@agent", agent);
    return text;
}

json why(const DaemonUnderTest& daemon, const std::string& name) {
    return json::parse(daemon.verb({"why", "-o", "json", name}).output);
}

TEST(Prevalence, IsThatOfAReplayThroughTwentyKills) {
    DaemonUnderTest daemon("", embedded);
    std::map<std::string, std::set<std::string>> counted;  // must be
    std::map<std::string, std::set<std::string>> offered;  // may be: at a kill nobody hears what became of it
    std::mt19937 random(20);
    int number = 0;
    for (int kill = 0; kill < kills; ++kill) {
        daemon.start();
        const int at = static_cast<int>(random() % alerts_between_kills);
        std::thread killer;
        bool dead = false;
        for (int i = 0; i < alerts_between_kills; ++i) {
            if (i == at) killer = std::thread([&daemon] { daemon.crash(); });  // while the next ones are sent
            if (dead) continue;
            const std::string domain = "counted" + std::to_string(random() % domains) + ".com";
            const std::string agent = std::to_string(100 + random() % 8);
            ++number;
            offered[domain].insert(agent);
            const bool safe = hand_over(daemon.socket(), alert_of(domain, agent, number),
                                        static_cast<std::uint64_t>(number));
            if (safe) counted[domain].insert(agent);
            dead = !safe;
        }
        killer.join();
    }
    daemon.start();
    for (const auto& [domain, agents] : counted) {
        const json seen = why(daemon, domain)["seen"];
        const auto ids = seen["agent_ids"].get<std::set<std::string>>();
        for (const std::string& agent : agents)
            EXPECT_TRUE(ids.contains(agent)) << domain << " lacks " << agent;
        for (const std::string& id : ids) EXPECT_TRUE(offered[domain].contains(id)) << domain << ": " << id;
        EXPECT_EQ(seen["agents"], ids.size());
    }
    EXPECT_EQ(daemon.metric("enrichd_contacts_not_noted_total"), 0);
}

/// Alerts in a followed file: each is read at last, so the counts are exact.
class FollowedAlerts {
  public:
    /// New pairs of domain and agent come to the end.
    explicit FollowedAlerts(int alerts) : domains_(static_cast<unsigned>(alerts) / 8) {
        daemon_.more_of_intake = "  files: [" + file_.string() + "]\n  files_begin: beginning\n";
        daemon_.write_config(embedded);
        daemon_.start();
    }

    void append(int count) {
        std::ofstream out(file_, std::ios::binary | std::ios::app);
        for (int i = 0; i < count; ++i) {
            const std::string domain = "counted" + std::to_string(random_() % domains_) + ".com";
            const std::string agent = std::to_string(100 + random_() % 8);
            counted[domain].insert(agent);
            out << R"({"id":")" << ++number_ << R"(","agent":{"id":")" << agent
                << R"("},"data":{"dns":{"rrname":"www.)" << domain << "\"}}}\n";
        }
    }
    /// False when the reader stands still.
    bool read_but(double bytes) {
        if (!eventually([&] { return lag() >= 0; })) return false;  // it has looked at the file
        for (double before = lag(); before > bytes; before = lag())
            if (!eventually([&] { return lag() < before; })) return false;
        return true;
    }
    void kill() {
        daemon_.crash();
        daemon_.start();
    }
    double lag() const { return daemon_.metric("enrichd_file_lag_bytes{file=\"" + file_.string() + "\"}"); }
    std::uint32_t some(std::uint32_t below) { return random_() % below; }
    const DaemonUnderTest& daemon() const { return daemon_; }

    std::map<std::string, std::set<std::string>> counted;

  private:
    const unsigned domains_;
    TempDir directory_;
    std::filesystem::path file_ = directory_ / "alerts.json";
    std::mt19937 random_{21};
    int number_ = 0;
    DaemonUnderTest daemon_{"", embedded};
};

TEST(Prevalence, OfAFollowedFileIsExactlyThatOfAReplayThroughTwentyKills) {
    FollowedAlerts alerts(alerts_to_count());
    const int between_kills = alerts_to_count() / kills;
    for (int kill = 0; kill < kills; ++kill) {
        alerts.append(between_kills);
        ASSERT_TRUE(alerts.read_but(alerts.some(static_cast<unsigned>(between_kills) * 80)));
        alerts.kill();
    }
    ASSERT_TRUE(alerts.read_but(0));
    // The last lines are read, and perhaps not counted yet.
    const auto in_all = [&] { return alerts.daemon().metric("enrichd_seen_domains"); };
    EXPECT_TRUE(eventually([&] { return in_all() >= static_cast<double>(alerts.counted.size()); }));
    EXPECT_EQ(in_all(), alerts.counted.size());
    const std::size_t step = 1 + alerts.counted.size() / 1'000;  // each answer takes a process
    std::size_t place = 0;
    for (const auto& [domain, agents] : alerts.counted) {
        if (place++ % step != 0) continue;
        json seen;
        EXPECT_TRUE(eventually([&] {
            seen = why(alerts.daemon(), domain)["seen"];
            return seen["agent_ids"].get<std::set<std::string>>() == agents;
        })) << domain
            << ": " << seen.dump();
        EXPECT_EQ(seen["agents"], agents.size());
    }
    EXPECT_EQ(alerts.daemon().metric("enrichd_contacts_not_noted_total"), 0);
}

TEST(Prevalence, OneAgentIsNewToADomainOnceThroughAKill) {
    DaemonUnderTest daemon("", embedded);
    daemon.start();
    hand_over(daemon.socket(), alert_of("qzxwvjkpfh.com", "001", 1), 1);
    hand_over(daemon.socket(), alert_of("qzxwvjkpfh.com", "002", 2), 2);
    daemon.wait_for_events(2);
    daemon.crash();
    daemon.start();
    hand_over(daemon.socket(), alert_of("qzxwvjkpfh.com", "001", 3), 3);
    hand_over(daemon.socket(), alert_of("qzxwvjkpfh.com", "003", 4), 4);
    std::map<std::string, json> by_alert;  // one may come twice
    ASSERT_TRUE(eventually([&] {
        for (const json& one : daemon.events())
            by_alert[one["event"]["dnsstat"]["alert_id"].get<std::string>()] = one["event"]["dnsstat"];
        return by_alert.size() == 4;
    }));
    const auto said = [&](const char* alert) {
        const json& of = by_alert[alert];
        return std::pair(of["agents"].get<int>(), of.contains("first_on_agent"));
    };
    EXPECT_EQ(said("1"), std::pair(1, true));
    EXPECT_EQ(said("2"), std::pair(2, true));
    EXPECT_EQ(said("3"), std::pair(2, false));
    EXPECT_EQ(said("4"), std::pair(3, true));
}

}  // namespace
}  // namespace enrichd::test::prevalence_test

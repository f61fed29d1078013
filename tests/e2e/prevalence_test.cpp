// Which agents have asked for a domain: as a replay of the same alerts says, through kills of the daemon at
// any moment.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <thread>

#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/sender.hpp"
#include "support/wait.hpp"

namespace enrichd::test::prevalence_test {
namespace {

using nlohmann::json;

constexpr unsigned domains = 400;
constexpr int kills = 20;
constexpr int alerts_between_kills = 150;

const std::string embedded =
    "domain_stats:\n  mode: embedded\n  embedded: {rdap: false}\npolicy: {repeat_after: 0s}\n";

std::string alert_of(const std::string& domain, const std::string& agent, int number) {
    json alert = json::parse(alert_for("www." + domain, std::to_string(number)));
    alert["agent"]["id"] = agent;
    return alert.dump() + "\n";
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
        std::atomic<int> left = alerts_between_kills;
        const int at = static_cast<int>(random() % alerts_between_kills);
        std::thread killer([&] {
            while (left > at) std::this_thread::yield();
            daemon.crash();
        });
        bool dead = false;
        for (; left > 0; --left) {
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

#include "wazuh/doctor/examination.hpp"
#include "wazuh/made_up_home.hpp"

namespace enrichd::wazuh::test::arrivals_test {
namespace {

class ArrivalsTest : public WazuhTest {
  protected:
    std::string found_in(const std::string& status) {
        Findings findings;
        const std::optional<OssecConf> no_conf;
        const RuleSet rules;
        const Running running;
        const Ways ways = ways_of(config_, home_, no_conf);
        const Examination at{config_, home_,   accounts_.enrichd, no_conf, ways,
                             rules,   running, running,           findings};
        look_at_arrivals(at, status);
        return findings.report().human;
    }
    std::string found(int received, const std::string& more = {}) {
        return found_in(R"({"uptime_seconds":7200,"alerts":{"received":{"socket":0,"spool":)" +
                        std::to_string(received) + "}" + more + "}}");
    }
    void write_alerts(const std::string& text) const {
        fs::create_directories(home_.path / "logs/alerts");
        write_file(home_.path / "logs/alerts/alerts.json", text);
    }
};

TEST_F(ArrivalsTest, AlertsCame) {
    EXPECT_NE(found(12).find("ok       alerts: 12 alerts since the daemon started 120 minutes ago"),
              std::string::npos)
        << found(12);
}

TEST_F(ArrivalsTest, SelfTestsDoNotCount) {
    EXPECT_NE(found(3, R"(,"selftests":3)").find("warning  alerts: none came"), std::string::npos);
}

TEST_F(ArrivalsTest, AfterARestartEarlierAlertsAreKnown) {
    const std::string text = found(0, R"(},"upstreams":[{"name":"otx"},{"domains_seen":31}],"x":{)");
    EXPECT_NE(text.find("ok       alerts: none came"), std::string::npos) << text;
    EXPECT_NE(text.find("31 domains are known from earlier alerts or an import"), std::string::npos) << text;
}

TEST_F(ArrivalsTest, AStatusOfAnotherVersionMayLackSomething) {
    EXPECT_NE(found_in("{}").find("warning  alerts: none came"), std::string::npos) << found_in("{}");
}

TEST_F(ArrivalsTest, NoneCameThoughWazuhHasSome) {
    write_alerts(R"({"data":{"win":{"system":{"eventID":"22"}}}})");
    EXPECT_NE(found(0).find("alerts.json has some of Sysmon's event 22"), std::string::npos) << found(0);
    EXPECT_NE(found(0).find("enrichd selftest"), std::string::npos);
}

TEST_F(ArrivalsTest, WithoutAnyTheAgentsAreToBeSetUp) {
    write_alerts(R"({"data":{"win":{"system":{"eventID":"1"}}}})");
    EXPECT_NE(found(0).find("warning  alerts: none came"), std::string::npos) << found(0);
    EXPECT_NE(found(0).find("Microsoft-Windows-Sysmon/Operational"), std::string::npos) << found(0);
}

}  // namespace
}  // namespace enrichd::wazuh::test::arrivals_test

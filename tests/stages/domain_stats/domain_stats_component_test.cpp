#include "stages/domain_stats/domain_stats_component.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "fakes/fake_domain_stats.hpp"
#include "support/component_fixture.hpp"

namespace enrichd::test::domain_stats_component_test {
namespace {

using namespace std::chrono_literals;

class DomainStatsComponentTest : public ComponentFixture {
  protected:
    static DomainStatsSettings settings() {
        DomainStatsSettings out;
        out.config.mode = DomainStatsMode::http;
        out.config.url = "http://new.example:5730";
        out.cache_entries = 100;
        return out;
    }
    static DomainStatsSettings embedded() {
        DomainStatsSettings out = settings();
        out.config.mode = DomainStatsMode::embedded;
        out.config.embedded.rdap.bootstrap = "https://registries.example/dns.json";
        return out;
    }
    /// Whether the list of registries of an earlier run is used, fetched at a time. It knows one suffix.
    bool uses_list_fetched(const std::string& when) {
        DomainStatsComponent component(around_, embedded());
        snapshot_.note_fact("rdap_bootstrap", R"({"services":[[["com"],["https://rdap.example/"]]]})");
        snapshot_.note_fact("rdap_bootstrap_fetched", component.rdap()->bootstrap_url() + " " + when);
        EXPECT_FALSE(run(io_, component.restore()));
        return component.rdap()->bootstrap().suffixes() == 1;
    }
    /// A verdict of an earlier run.
    void remember(const std::string& domain, const std::string& category, std::chrono::seconds age) {
        DomainStatsVerdict verdict;
        verdict.category = category;
        const WallTime now = wall_seconds(WallClock::now());
        snapshot_.remember({Verdicts::provider_name, domain, PackedVerdict(verdict).bytes(),
                            now + std::chrono::days(400), now - age});
    }
    task<void> process(Job& job) { co_await pipeline_.run(job); }
    static std::string category(const Component& component, const std::string& domain) {
        const StatusJson known = component.cached(*HostName::parse(domain));
        return known.is_null() ? "" : known["category"].get<std::string>();
    }
};

TEST_F(DomainStatsComponentTest, UsesTheListOfRegistriesOfAnEarlierRun) {
    EXPECT_TRUE(uses_list_fetched("1795492550"));
}

TEST_F(DomainStatsComponentTest, AListThatWasFetchedAtNoTimeIsNone) {
    for (const char* when : {"-9223372036854775808", "9223372036854775807", "99999999999999999999", "x", ""})
        EXPECT_FALSE(uses_list_fetched(when)) << when;
}

TEST_F(DomainStatsComponentTest, AVerdictOfAnEarlierRunDoesNotOutliveTodaysTimeToLive) {
    snapshot_.note_fact("domain_stats_judge", "http http://new.example:5730");
    remember("old.com", "ESTABLISHED", 5h);
    remember("fresh.com", "NEW", 2h);
    remember("good.com", "NEW", 30min);
    remember("ahead.com", "ESTABLISHED", -std::chrono::days(800));
    DomainStatsComponent component(around_, settings());
    EXPECT_FALSE(run(io_, component.restore()));
    EXPECT_EQ(category(component, "old.com"), "ESTABLISHED");
    EXPECT_EQ(category(component, "fresh.com"), "");
    EXPECT_EQ(category(component, "good.com"), "NEW");
    EXPECT_EQ(category(component, "ahead.com"), "") << "written while the clock was two years ahead";
    EXPECT_EQ(run(io_, snapshot_.count()).value(), 3U) << "and it takes nobody's room";
    DomainStatsSettings shorter = settings();
    shorter.times.established = 4h;
    component.configure(shorter);
    EXPECT_EQ(category(component, "old.com"), "") << "nor one that a reload lowers: it is five hours old";
}

TEST_F(DomainStatsComponentTest, AVerdictOfAnotherServerIsNotTakenForTheNewOnes) {
    remember("x.com", "NEW", std::chrono::seconds(0));
    snapshot_.note_fact("domain_stats_judge", "http http://old.example");
    snapshot_.note_fact("domain_stats_zone_seconds", "36000");
    DomainStatsComponent component(around_, settings());
    EXPECT_FALSE(run(io_, component.restore()));
    EXPECT_EQ(category(component, "x.com"), "");
    EXPECT_EQ(*run(io_, snapshot_.fact("domain_stats_zone_seconds")), "") << "the zone was the old one's";
}

TEST_F(DomainStatsComponentTest, OfAVerbAFailureIsTroubleAtOnceThoughAnotherNameWasAnswered) {
    fakes::FakeDomainStats server;
    DomainStatsSettings of = settings();
    of.config.url = server.url();
    DomainStatsComponent component({io_, work_, lookup_, pipeline_}, of);
    Job answered{{"1", {}, "www.seen.com"}, Clock::now()};
    EXPECT_TRUE(run(io_, pipeline_.run(answered)));
    EXPECT_FALSE(component.trouble());
    server.fail_next(fakes::Fault::status_500, 99);
    Job failing{{"2", {}, "www.other.com"}, Clock::now()};
    work_.spawn("alert", process(failing));
    EXPECT_TRUE(run_until(io_, [&] { return component.trouble().has_value(); }));
    end(component);
}

TEST_F(DomainStatsComponentTest, IsOffInThePipelineAndInItsReports) {
    DomainStatsSettings off = settings();
    off.config.mode = DomainStatsMode::off;
    DomainStatsComponent component(around_, off);
    EXPECT_EQ(pipeline_.find("domain_stats"), nullptr);
    EXPECT_EQ(component.described(), "off");
    EXPECT_FALSE(run(io_, component.restore()));
    Reports reports;
    component.add_reports(reports);
    std::vector<Check> checks;
    reports.at(0)->add_checks(checks);
    EXPECT_EQ(checks.at(0).detail, "off: domain_stats.mode is off");
    end(component);
}

}  // namespace
}  // namespace enrichd::test::domain_stats_component_test

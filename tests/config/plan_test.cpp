#include "config/plan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace enrichd::test::plan_test {
namespace {

Config with_otx_key(const std::string& key) {
    Config config;
    config.otx.key.secret = Secret(key);
    config.otx.key.source = "/key";
    return config;
}

TEST(Plan, OfTheStartOpensAllThatIsWanted) {
    Config wants;
    wants.admin.listen = "";
    const Plan first = plan(nullptr, wants, false);
    EXPECT_EQ(first.config, wants);
    EXPECT_EQ(first.intake, ListenerStep::open);
    EXPECT_EQ(first.control, ListenerStep::open);
    EXPECT_EQ(first.admin, ListenerStep::leave);
    EXPECT_EQ(first.served, ListenerStep::leave);
    EXPECT_EQ(first.restart_keys, "");
}

TEST(Plan, OfAReloadOfTheSameDoesNothing) {
    const Config config = with_otx_key("k");
    const Plan next = plan(&config, config, false);
    EXPECT_EQ(next.config, config);
    EXPECT_EQ(next.restart_keys, "");
    for (const ListenerStep step : {next.intake, next.admin, next.control, next.served})
        EXPECT_EQ(step, ListenerStep::leave);
}

TEST(Plan, MovesWhatIsWantedElsewhereAndClosesWhatIsNotWanted) {
    Config was;
    was.domain_stats.serve = "127.0.0.1:5731";
    Config wants = was;
    wants.intake.socket = "/run/other/intake.sock";
    wants.admin.listen = "127.0.0.1:9467";
    wants.admin.socket = "";
    wants.domain_stats.serve = "";
    const Plan next = plan(&was, wants, false);
    EXPECT_EQ(next.intake, ListenerStep::move);
    EXPECT_EQ(next.admin, ListenerStep::move);
    EXPECT_EQ(next.control, ListenerStep::close);
    EXPECT_EQ(next.served, ListenerStep::close);
    EXPECT_EQ(next.config, wants);
    EXPECT_EQ(plan(&wants, was, false).served, ListenerStep::open);
    EXPECT_EQ(plan(&wants, was, false).control, ListenerStep::open);
}

TEST(Plan, LeavesAnAddressThatIsWrittenInAnotherWay) {
    Config was;
    was.admin.listen = "[::1]:9466";
    Config wants;
    wants.admin.listen = "[0:0:0:0:0:0:0:1]:9466";
    EXPECT_EQ(plan(&was, wants, false).admin, ListenerStep::leave);
}

TEST(Plan, LeavesTheIntakeSocketThatSystemdPassed) {
    const Config was;
    Config wants;
    wants.intake.socket = "/run/other/intake.sock";
    EXPECT_EQ(plan(&was, wants, true).intake, ListenerStep::leave);
}

TEST(Plan, KeepsTheKeysThatNeedARestartAsTheyWereAndNamesThem) {
    const Config was;
    Config wants;
    wants.domain_stats.embedded.known = "/list";
    wants.domain_stats.mode = DomainStatsMode::embedded;
    wants.state.full_sync = true;
    wants.gate.skip_suffixes = {"corp.example.com"};
    const Plan next = plan(&was, wants, false);
    EXPECT_EQ(next.restart_keys, "domain_stats.mode, domain_stats.embedded.known, state.sync");
    Config expected = was;
    expected.gate = wants.gate;
    EXPECT_EQ(next.config, expected);
}

TEST(Plan, NamesAWaitingKeyAgainAtTheNextReloadUntilItIsTakenBack) {
    const Config was;
    Config wants;
    wants.state.full_sync = true;
    const Plan once = plan(&was, wants, false);
    EXPECT_EQ(plan(&once.config, wants, false).restart_keys, "state.sync");
    EXPECT_EQ(plan(&once.config, was, false).restart_keys, "");
}

TEST(Plan, NamesNoKeyThatAReloadChanges) {
    const Config was;
    Config wants;
    wants.domain_stats.embedded.word_alert = 3;
    wants.domain_stats.embedded.rdap.requests_per_hour = 1;
    wants.gate.skip_suffixes = {"corp.acme.com"};
    wants.cache.memory.entries = 1;
    const Plan next = plan(&was, wants, false);
    EXPECT_EQ(next.restart_keys, "");
    EXPECT_EQ(next.config, wants);
}

TEST(Plan, ServesNothingWhileDomainStatsIsOff) {
    Config was;
    was.domain_stats.mode = DomainStatsMode::off;
    Config wants;
    wants.domain_stats.serve = "127.0.0.1:5731";
    const Plan next = plan(&was, wants, false);
    EXPECT_EQ(next.restart_keys, "domain_stats.mode, domain_stats.serve");
    EXPECT_EQ(next.served, ListenerStep::leave);
    EXPECT_EQ(next.config, was);
}

TEST(Plan, TurnsOtxOnAndOffAtARestart) {
    const Config off;
    const Config on = with_otx_key("k");
    const Plan to_on = plan(&off, on, false);
    EXPECT_EQ(to_on.restart_keys, "otx.mode");
    EXPECT_EQ(to_on.config, off);
    EXPECT_EQ(plan(&on, off, false).config, on);
}

TEST(Plan, LeavesOtxAsItIsWhenItIsToBeOffFromTheNextStart) {
    Config was = with_otx_key("k");
    was.otx.server.url = "https://mirror.example.com";
    was.otx.server.proxy = Secret("http://proxy.example.com:3128");
    Config wants;
    wants.otx.mode = OtxMode::off;
    const Plan next = plan(&was, wants, false);
    EXPECT_EQ(next.config.otx, was.otx) << "its key must not go to the default server";
    EXPECT_EQ(next.restart_keys, "otx.mode");
}

TEST(Plan, LeavesTheDomainCheckAsItIsWhenItIsToBeAnotherFromTheNextStart) {
    Config was;
    was.domain_stats.url = "http://stats.example.com:5730";
    was.domain_stats.embedded.rdap.proxy = Secret("http://proxy.example.com:3128");
    Config wants;
    wants.domain_stats.mode = DomainStatsMode::embedded;
    wants.domain_stats.serve = "127.0.0.1:5731";
    const Plan next = plan(&was, wants, false);
    Config expected = was;
    expected.domain_stats.serve = wants.domain_stats.serve;
    EXPECT_EQ(next.config, expected);
    EXPECT_EQ(next.served, ListenerStep::open);
}

}  // namespace
}  // namespace enrichd::test::plan_test

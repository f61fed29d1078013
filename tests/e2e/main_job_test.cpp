// The real daemon and the real shim, end to end.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_wazuh_queue.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/share.hpp"
#include "support/wait.hpp"

namespace enrichd::test::main_job_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;
using fakes::FakeWazuhQueue;
using fakes::Fault;

TEST(MainJob, AFirstContactReachesWazuhsQueueAttributedToItsAgent) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "outputs:\n  wazuh: true\n");
    FakeWazuhQueue queue(daemon.wazuh_home());
    daemon.start();

    const ShimRun run = daemon.shim(alert_for("www.fresh-site.com"));

    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(run.output, "");
    ASSERT_TRUE(eventually([&] { return queue.messages().size() == 1; }));
    EXPECT_TRUE(queue.messages()[0].starts_with(
        R"(1:[001] (pc-17) 10.0.0.1->dns_stats:{"integration":"dnsstat","dnsstat":{"query":"www.fresh-site.com",)"
        R"("alerts":["YOUR-FIRST-CONTACT"],"category":"ESTABLISHED","freq_score":[5.4865,5.5522],)"
        R"("seen_by_isc":"RDAP","seen_by_web":"Thu, 27 Aug 2009 16:51:19 GMT","seen_by_you":")"))
        << queue.messages()[0];
    EXPECT_NE(
        queue.messages()[0].find(R"(,"alert_id":"1795493062.1234","domain":"fresh-site.com","age_days":)"),
        std::string::npos)
        << queue.messages()[0];
    EXPECT_TRUE(queue.messages()[0].ends_with(
        R"("user":"EXAMPLE\\jane","query_status":"0","answers":["a1834.dspg2.akamai.net","181.30.131.40","181.30.131.42"]},"agents":1,"first_on_agent":true,"severity":"info"}})"))
        << queue.messages()[0];
    EXPECT_EQ(server.counts().by_target.count("/fresh-site.com"), 1U);
}

TEST(MainJob, AKnownDomainIsServedFromMemoryAndIsNoSecondFirstContact) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("new-thing.com", "1"));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);

    daemon.shim(alert_for("other.host.new-thing.com", "2"));

    const auto events = daemon.wait_for_events(2);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1]["event"]["dnsstat"]["alerts"], nlohmann::json::array());
    EXPECT_EQ(events[1]["event"]["dnsstat"]["category"], "NEW");
    EXPECT_EQ(events[1]["event"]["dnsstat"]["query"], "other.host.new-thing.com");
    EXPECT_EQ(server.counts().requests, 1U);
}

TEST(MainJob, ACleanDomainGivesNoEventAndAnInternalNameNoQuestion) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "gate:\n  skip_suffixes: [corp.acme.com]\n");
    daemon.start();
    daemon.shim(alert_for("old-site.com", "1"));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);

    daemon.shim(alert_for("old-site.com", "2"));
    daemon.shim(alert_for("secret.corp.acme.com", "3"));
    daemon.shim(alert_for("fileserver", "4"));
    daemon.shim(alert_for("printer.local", "5"));

    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_alerts_finished_total") == 5; }));
    EXPECT_EQ(daemon.events().size(), 1U);
    EXPECT_EQ(server.counts().requests, 1U);
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_gated_total{reason="skip_suffix"})"), 1);
}

TEST(MainJob, ADomainAskedByEightProcessesAtOnceIsOneRequestAndOneFirstContact) {
    FakeDomainStats server;
    server.delay(100ms);
    DaemonUnderTest daemon(server.url());
    daemon.start();

    constexpr int of_each = 125 / share;
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 8; ++caller)
        callers.emplace_back([&, caller] {
            const auto file = daemon.home() / ("alert-" + std::to_string(caller));
            for (int i = 0; i < of_each; ++i) {
                write_file(file,
                           alert_for("new-campaign.com", std::to_string(caller) + "." + std::to_string(i)));
                EXPECT_EQ(daemon.shim_on(file).exit_code, 0);
            }
        });
    for (std::thread& caller : callers) caller.join();

    const auto events = daemon.wait_for_events(8 * of_each);
    EXPECT_EQ(events.size(), 8U * of_each);
    EXPECT_EQ(first_contacts(events), 1U);
    EXPECT_EQ(server.counts().requests, 1U);
}

TEST(MainJob, AFirstContactWhoseAnswerIsCutIsStillReportedOnce) {
    FakeDomainStats server;
    server.fail_next(Fault::cut);
    DaemonUnderTest daemon(server.url());
    daemon.start();

    daemon.shim(alert_for("new-lost.com", "1"));
    daemon.shim(alert_for("new-lost.com", "2"));

    const auto events = daemon.wait_for_events(2);
    EXPECT_EQ(events.size(), 2U);
    EXPECT_EQ(first_contacts(events), 1U);
    EXPECT_EQ(server.counts().requests, 2U);
    EXPECT_EQ(daemon.metric("enrichd_first_contacts_recovered_total"), 1);
}

TEST(MainJob, AFirstContactIsFoundAgainAlthoughTheServerLivesInAnotherZone) {
    FakeDomainStats server;
    server.timezone_offset(10);
    server.fail_next(Fault::cut);
    DaemonUnderTest daemon(server.url());
    daemon.start();

    daemon.shim(alert_for("new-lost.com"));

    EXPECT_EQ(first_contacts(daemon.wait_for_events(1)), 1U);
}

TEST(MainJob, SlowAnswersAreWaitedForOverNoMoreThanTheConfiguredConnections) {
    FakeDomainStats server;
    server.delay(200ms);
    DaemonUnderTest daemon(server.url());
    daemon.start();
    const auto start = std::chrono::steady_clock::now();

    constexpr int domains = 500 / share;
    for (int i = 0; i < domains; ++i)
        ASSERT_EQ(daemon.shim(alert_for("new-" + std::to_string(i) + ".com", std::to_string(i))).exit_code,
                  0);

    EXPECT_EQ(daemon.wait_for_events(domains).size(), domains);
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_GE(took, domains * 200ms / 8);
    EXPECT_LE(server.counts().most_open, 8U);
    EXPECT_LT(server.counts().connections, domains / 4) << "they are used again";
}

TEST(MainJob, AStoppedDaemonsAlertsWaitInTheSpool) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());

    const ShimRun run = daemon.shim(alert_for("new-spooled.com"));
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(run.output, "");
    ASSERT_EQ(count_files(daemon.spool() / "new"), 1U);

    daemon.start();
    EXPECT_EQ(first_contacts(daemon.wait_for_events(1)), 1U);
    EXPECT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
}

TEST(MainJob, AStoppedProcessCostsNoTimeAndNoSecondEvent) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.process().signal(SIGSTOP);

    const ShimRun run = daemon.shim(alert_for("new-frozen.com"));

    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(count_files(daemon.spool() / "new"), 1U);
    daemon.process().signal(SIGCONT);
    EXPECT_EQ(daemon.wait_for_events(1).size(), 1U);
    ASSERT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
    daemon.shim(alert_for("new-frozen.com", "2"));
    EXPECT_EQ(daemon.wait_for_events(2).size(), 2U);
    EXPECT_EQ(daemon.metric("enrichd_alerts_finished_total"), 2);
}

TEST(MainJob, AnOutageIsToldOnceAndEveryAlertIsFinishedAfterwards) {
    auto server = std::make_unique<FakeDomainStats>();
    const std::uint16_t port = server->port();
    DaemonUnderTest daemon(server->url());
    server.reset();
    daemon.start();

    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(daemon.shim(alert_for("new-" + std::to_string(i) + ".com", std::to_string(i))).exit_code,
                  0);
    auto events = daemon.wait_for_events(1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["event"]["dnsstat"]["error"], "Connection Error to DNS Stats API");
    EXPECT_EQ(events[0]["event"]["dnsstat"]["query"], "new-0.com");
    EXPECT_NE(daemon.get("/healthz").find(R"("status":"degraded")"), std::string::npos)
        << daemon.get("/healthz");
    EXPECT_EQ(daemon.get("/readyz"), "ready\n");

    server = std::make_unique<FakeDomainStats>(port);
    events = daemon.wait_for_events(21);
    EXPECT_EQ(events.size(), 21U);
    EXPECT_EQ(first_contacts(events), 20U);
    EXPECT_EQ(server->counts().requests, 20U);
    EXPECT_NE(daemon.get("/healthz").find(R"("status":"ok")"), std::string::npos) << daemon.get("/healthz");
}

TEST(MainJob, ACleanStopKeepsWhatIsUnfinishedAndLosesNoFirstContact) {
    FakeDomainStats server;
    server.fail_next(Fault::silence);
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("new-waiting.com"));
    ASSERT_TRUE(eventually([&] { return server.counts().requests == 1; }));

    EXPECT_EQ(daemon.stop(), 0);

    daemon.start();
    EXPECT_EQ(first_contacts(daemon.wait_for_events(1)), 1U);
    EXPECT_TRUE(eventually([&] { return daemon.metric("enrichd_pending") == 0; }));
}

TEST(MainJob, AStopWhileWazuhIsAwayLosesNoFirstContact) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "outputs:\n  wazuh: true\n");
    daemon.start();
    daemon.shim(alert_for("new-undelivered.com"));
    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_outbox") == 1; }));
    EXPECT_EQ(daemon.get("/readyz"), "ready\n") << "the event is kept";
    EXPECT_NE(daemon.get("/readyz?verbose").find("wazuh: degraded, nobody reads the output"),
              std::string::npos);

    EXPECT_EQ(daemon.stop(), 0);

    FakeWazuhQueue queue(daemon.wazuh_home());
    daemon.start();
    ASSERT_TRUE(eventually([&] { return queue.messages().size() == 1; }));
    EXPECT_NE(queue.messages()[0].find("YOUR-FIRST-CONTACT"), std::string::npos) << queue.messages()[0];
}

TEST(MainJob, ARestartedWazuhGetsItsEventsInOrder) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "outputs:\n  wazuh: true\n");
    FakeWazuhQueue queue(daemon.wazuh_home());
    daemon.start();
    daemon.shim(alert_for("new-0.com"));
    ASSERT_TRUE(eventually([&] { return queue.messages().size() == 1; }));

    queue.stop();
    for (int i = 1; i <= 30; ++i) {
        daemon.shim(alert_for("new-" + std::to_string(i) + ".com"));
        ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_outbox") >= i; }));
    }
    queue.start();

    ASSERT_TRUE(
        eventually([&] { return queue.messages().back().find("\"new-30.com\"") != std::string::npos; }));
    const auto& got = queue.messages();
    ASSERT_GE(got.size(), 31U);
    ASSERT_LE(got.size(), 32U) << "the first may come twice: Wazuh ended right behind it";
    for (std::size_t i = 1; i <= 30; ++i)
        EXPECT_NE(got[got.size() - 31 + i].find("\"new-" + std::to_string(i) + ".com\""), std::string::npos);
}

TEST(MainJob, HostileNamesAreRefusedOrEncodedAndTheNextAlertIsServed) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();

    int id = 0;
    for (const nlohmann::json& name : std::vector<nlohmann::json>{"..%2f..",
                                                                  "a b",
                                                                  "a\r\nX: y",
                                                                  std::string(300, 'a') + ".com",
                                                                  {1, 2},
                                                                  nullptr,
                                                                  17,
                                                                  "",
                                                                  ".",
                                                                  "a..com",
                                                                  std::string(64, 'a') + ".com",
                                                                  "::1",
                                                                  "10.0.0.1",
                                                                  "$(id).evil/../../x.com"})
        EXPECT_EQ(daemon.shim(alert_for(name, std::to_string(++id))).exit_code, 0) << name;
    std::string without_name = alert_for("x");
    without_name.replace(without_name.find("queryName"), 9, "otherName");
    EXPECT_EQ(daemon.shim(without_name).exit_code, 0);

    daemon.shim(alert_for("a%2f?#/b.new-ok.com", "99"));
    const auto events = daemon.wait_for_events(1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["event"]["dnsstat"]["query"], "a%2f?#/b.new-ok.com");
    const std::map<std::string, std::uint64_t> asked{{"/new-ok.com", 1}};
    EXPECT_EQ(server.counts().by_target, asked);
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_rejected_total{reason="name_bad_character"})"), 2);
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_rejected_total{reason="name_not_text"})"), 3);
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_rejected_total{reason="name_missing"})"), 1);
}

TEST(MainJob, WhatIsNoAlertIsRefusedWithALineForWazuh) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();

    const ShimRun run = daemon.shim("{\"half\":");

    EXPECT_EQ(run.exit_code, 1);
    EXPECT_TRUE(run.output.starts_with("enrich-shim: enrichd refused the alert: ")) << run.output;
    EXPECT_EQ(daemon.shim(alert_for("new-next.com")).exit_code, 0);
    EXPECT_EQ(daemon.wait_for_events(1).size(), 1U);
}

TEST(MainJob, OurOwnEventsAreNotEnrichedAgain) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();

    const ShimRun run = daemon.shim(
        R"({"id":"1.2","agent":{"id":"001"},"data":{"integration":"dnsstat","dnsstat":{"query":"loop.com"}}})");

    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_rejected_total{reason="own_event"})"), 1);
    EXPECT_EQ(server.counts().requests, 0U);
}

}  // namespace
}  // namespace enrichd::test::main_job_test

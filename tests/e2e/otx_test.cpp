// OTX and active responses with the real daemon, the real shim, and an OTX with TLS.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <csignal>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_otx.hpp"
#include "fakes/fake_proxy.hpp"
#include "fakes/fake_wazuh_queue.hpp"
#include "fakes/test_ca.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test::otx_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;
using fakes::FakeOtx;
using fakes::Fault;
using fakes::OtxFault;

class OtxEndToEnd : public testing::Test {
  protected:
    OtxEndToEnd() {
        write_file(dir_ / "ca.pem", ca_.pem());
        write_file(dir_ / "key", std::string(FakeOtx::key) + "\n");
        ::chmod((dir_ / "key").c_str(), 0600);
    }
    std::string otx_config(const std::string& more = {}) const {
        return "otx:\n  url: " + otx_.url() + "\n  api_key_file: " + (dir_ / "key").string() +
               "\n  ca_file: " + (dir_ / "ca.pem").string() + "\n" + more;
    }
    static std::size_t otx_events(const std::vector<nlohmann::json>& events) {
        return static_cast<std::size_t>(
            std::count_if(events.begin(), events.end(),
                          [](const nlohmann::json& one) { return one["event"]["integration"] == "otx"; }));
    }
    /// As execd writes it.
    static std::string response(const std::string& name, const std::string& command = "add") {
        return R"({"version":1,"origin":{"name":"node01","module":"wazuh-execd"},"command":")" + command +
               R"(","parameters":{"extra_args":[],"alert":{"timestamp":"2026-11-24T04:04:22.734+0000",)"
               R"("rule":{"level":5,"groups":["dnsstat"]},"agent":{"id":"001","name":"pc-17","ip":"10.0.0.1"},)"
               R"("id":"1795493062.9","data":{"integration":"dnsstat","dnsstat":{"query":")" +
               name +
               R"(","alerts":["YOUR-FIRST-CONTACT"],"category":"NEW"}},"location":"dns_stats"},)"
               R"("program":"active-response/bin/enrich-otx"}})"
               "\n";
    }

    fakes::TestCa ca_;
    TempDir dir_;
    FakeDomainStats domain_stats_;
    FakeOtx otx_{ca_.certify()};
};

TEST_F(OtxEndToEnd, ASuspiciousNameThatOtxKnowsReachesWazuhAttributedToItsAgent) {
    DaemonUnderTest daemon(domain_stats_.url(), otx_config() + "outputs:\n  wazuh: true\n");
    fakes::FakeWazuhQueue queue(daemon.wazuh_home());
    daemon.start();

    EXPECT_EQ(daemon.shim(alert_for("bad-host.new-shop.com")).exit_code, 0);

    ASSERT_TRUE(eventually([&] { return queue.messages().size() == 2; })) << daemon.log();
    EXPECT_TRUE(queue.messages()[0].starts_with("1:[001] (pc-17) 10.0.0.1->dns_stats:{"));
    const std::string& otx = queue.messages()[1];
    EXPECT_TRUE(otx.starts_with(
        R"(1:[001] (pc-17) 10.0.0.1->otx:{"integration":"otx","otx":{"query":"bad-host.new-shop.com",)"
        R"("matched":"hostname","pulse_count":1,"pulses":[{"id":"65f0a1b2c3d4e5f60718293a",)"))
        << otx;
    EXPECT_NE(otx.find(R"("author":"AlienVault")"), std::string::npos);
    EXPECT_NE(otx.find(R"("malware_families":["ExampleStealer"])"), std::string::npos);
    EXPECT_NE(otx.find(R"("sections":["general",)"), std::string::npos);
    EXPECT_EQ(otx_.connections().all, 2U) << "one for each question, kept";
}

TEST_F(OtxEndToEnd, AMissGivesNoEventAndTheNextAlertForItCausesNoRequest) {
    DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    daemon.start();
    daemon.shim(alert_for("www.new-harmless.com", "1"));
    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_alerts_finished_total") == 1; }))
        << daemon.log();
    EXPECT_EQ(otx_.requests(), 2U);

    daemon.shim(alert_for("www.new-harmless.com", "2"));

    ASSERT_TRUE(eventually([&] { return daemon.metric("enrichd_alerts_finished_total") == 2; }));
    EXPECT_EQ(otx_.requests(), 2U);
    EXPECT_EQ(daemon.events().size(), 2U) << "what Domain Stats says, twice";
    EXPECT_EQ(otx_events(daemon.events()), 0U);
    EXPECT_EQ(daemon.metric(R"(enrichd_provider_requests_total{outcome="miss",provider="otx"})"), 2);
    EXPECT_EQ(daemon.metric(R"(enrichd_provider_cache_entries{provider="otx"})"), 2);
    EXPECT_EQ(daemon.metric("enrichd_cache_entries"), 3)
        << "one of Domain Stats too, and no label, as promised";
}

TEST_F(OtxEndToEnd, AnActiveResponseIsAnsweredInWazuhsLogOnce) {
    DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    const auto log = daemon.wazuh_home() / "logs/active-responses.log";
    std::filesystem::create_directories(log.parent_path());
    write_file(log, "2026/11/24 03:00:00 active-response/bin/other: Ended\n");
    daemon.start();

    const ShimRun run = daemon.respond(response("stage.bad-name.com"));

    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(run.output, "");
    ASSERT_TRUE(eventually([&] { return read_file(log).find("\"otx\"") != std::string::npos; }))
        << daemon.log();
    EXPECT_EQ(daemon.respond(response("stage.bad-name.com", "delete")).exit_code, 0);
    ASSERT_TRUE(eventually(
        [&] { return daemon.metric(R"(enrichd_alerts_rejected_total{reason="other_command"})") == 1; }));
    const std::string text = read_file(log);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
    const auto event = nlohmann::json::parse(text.substr(text.find('\n') + 1));
    EXPECT_EQ(event["otx"]["matched"], "domain");
    EXPECT_EQ(event["otx"]["agent"]["name"], "pc-17");
    EXPECT_EQ(event["otx"]["alert_id"], "1795493062.9");
    EXPECT_EQ(domain_stats_.counts().requests, 0U);
}

TEST_F(OtxEndToEnd, AnActiveResponseWaitsInTheSpoolWhileTheDaemonIsAway) {
    DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    const auto log = daemon.wazuh_home() / "logs/active-responses.log";
    std::filesystem::create_directories(log.parent_path());
    const ShimRun run = daemon.respond(response("bad-name.com"));
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_EQ(run.output, "");
    daemon.start();
    EXPECT_TRUE(eventually([&] { return read_file(log).find("bad-name.com") != std::string::npos; }));
    EXPECT_TRUE(eventually([&] { return count_files(daemon.spool() / "new") == 0; }));
}

TEST_F(OtxEndToEnd, WhatWaitsForOtxComesBackAfterARestartAndIsNotJudgedTwice) {
    otx_.fail_always(OtxFault::silence);
    DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    const auto log = daemon.wazuh_home() / "logs/active-responses.log";
    std::filesystem::create_directories(log.parent_path());
    daemon.start();
    for (int i = 0; i < 20; ++i)
        daemon.shim(alert_for("bad" + std::to_string(i) + ".com", std::to_string(i)));
    daemon.respond(response("bad-response.com"));
    ASSERT_EQ(daemon.wait_for_events(20).size(), 20U) << "Domain Stats' events do not wait";
    EXPECT_EQ(daemon.metric("enrichd_pending"), 21);

    EXPECT_EQ(daemon.stop(), 0);
    otx_.fail_always(std::nullopt);
    daemon.start();

    EXPECT_EQ(daemon.wait_for_events(41).size(), 41U) << daemon.log();
    EXPECT_EQ(otx_events(daemon.events()), 21U);
    EXPECT_EQ(first_contacts(daemon.events()), 20U);
    EXPECT_EQ(domain_stats_.counts().requests, 20U);
    EXPECT_NE(read_file(log).find("bad-response.com"), std::string::npos);
    EXPECT_TRUE(eventually([&] { return daemon.metric("enrichd_pending") == 0; }));
}

TEST_F(OtxEndToEnd, ARefusedKeyIsLoudOnceAndDegradesAndANewOneIsTakenByAReload) {
    write_file(dir_ / "key", "stale");
    DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    daemon.start();
    for (int i = 0; i < 5; ++i) daemon.shim(alert_for("bad" + std::to_string(i) + ".com", std::to_string(i)));
    ASSERT_TRUE(eventually([&] {
        return daemon.get("/healthz")
                   .find(R"("otx":{"status":"degraded","detail":"the server refuses our key",)") !=
               std::string::npos;
    })) << daemon.get("/healthz");
    EXPECT_EQ(daemon.get("/readyz"), "ready\n") << "degraded, not unready";
    EXPECT_EQ(daemon.wait_for_events(5).size(), 5U);
    EXPECT_EQ(daemon.metric(R"(enrichd_provider_breaker_open{provider="otx"})"), 1);
    const std::string log = daemon.log();
    const std::size_t first = log.find("OTX refuses the key");
    ASSERT_NE(first, std::string::npos);
    EXPECT_EQ(log.find("OTX refuses the key", first + 1), std::string::npos) << "once";

    write_file(dir_ / "key", FakeOtx::key);
    daemon.process().signal(SIGHUP);

    EXPECT_EQ(daemon.wait_for_events(10).size(), 10U) << daemon.log();
    EXPECT_EQ(otx_events(daemon.events()), 5U);
}

TEST_F(OtxEndToEnd, AWrongCertificateIsNamedInTheLogAndInTheHealth) {
    FakeOtx impostor(ca_.certify({"otx.example.com"}));
    DaemonUnderTest daemon(domain_stats_.url(), "otx:\n  url: " + impostor.url() +
                                                    "\n  api_key_file: " + (dir_ / "key").string() +
                                                    "\n  ca_file: " + (dir_ / "ca.pem").string() + "\n");
    daemon.start();
    daemon.shim(alert_for("new-x.com"));
    EXPECT_TRUE(eventually([&] {
        return daemon.get("/healthz").find("the server's certificate is for another host name") !=
               std::string::npos;
    }));
    EXPECT_NE(daemon.log().find("certificate_wrong_host"), std::string::npos);
    EXPECT_EQ(impostor.requests(), 0U);
}

TEST_F(OtxEndToEnd, NeitherKeyNorPasswordIsSeenAnywhere) {
    const std::string password = "hunter2-s3cret";
    fakes::FakeProxy proxy;
    const std::string proxied =
        "  proxy: http://jane:" + password + "@127.0.0.1:" + std::to_string(proxy.port()) + "\n";
    DaemonUnderTest daemon(domain_stats_.url(), "log: {level: debug}\notx:\n  url: " + otx_.url() +
                                                    "\n  ca_file: " + (dir_ / "ca.pem").string() + "\n" +
                                                    proxied);
    daemon.environment["ENRICHD_OTX_API_KEY"] = FakeOtx::key;
    daemon.start();
    daemon.shim(alert_for("bad-x.com", "1"));
    ASSERT_EQ(daemon.wait_for_events(2).size(), 2U) << daemon.log();
    otx_.fail_always(OtxFault::key_refused);
    daemon.shim(alert_for("bad-y.com", "2"));
    ASSERT_TRUE(eventually([&] { return daemon.log().find("OTX refuses the key") != std::string::npos; }));
    daemon.process().signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return daemon.log().find("configuration reloaded") != std::string::npos; }));

    const std::string proc = "/proc/" + std::to_string(daemon.process().pid());
    const std::string seen = daemon.log() + daemon.get("/metrics") + daemon.get("/healthz") +
                             daemon.get("/readyz?verbose") + read_file(proc + "/cmdline") +
                             read_file(proc + "/environ") + daemon.verb({"check", "--show"}).output +
                             daemon.verb({"lookup", "bad-z.com"}).output +
                             read_file(daemon.home() / "events.jsonl");
    EXPECT_EQ(seen.find(FakeOtx::key), std::string::npos);
    EXPECT_EQ(seen.find(password), std::string::npos);
    EXPECT_NE(daemon.verb({"check", "--show"}).output.find("http://***@127.0.0.1"), std::string::npos);
    EXPECT_FALSE(proxy.requests().empty());
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
}

TEST_F(OtxEndToEnd, AKeyFileThatOthersCanReadIsABadConfiguration) {
    ::chmod((dir_ / "key").c_str(), 0644);
    DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    for (const char* verb : {"check", "run", "lookup x.com"}) {
        std::vector<std::string> words{std::string(verb).substr(0, std::string(verb).find(' '))};
        if (words[0] == "lookup") words.emplace_back("x.com");
        const ShimRun run = daemon.verb(words);
        EXPECT_EQ(run.exit_code, 78) << verb;
        EXPECT_NE(run.output.find("may be read or written by others"), std::string::npos) << run.output;
    }
}

TEST_F(OtxEndToEnd, LookupSaysWhatEachProviderKnowsOfAName) {
    const DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    const ShimRun run = daemon.verb({"lookup", "bad-host.new-shop.com", "-o", "json"});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    const auto report = nlohmann::json::parse(run.output);
    EXPECT_EQ(report["registrable"], "new-shop.com");
    EXPECT_EQ(report["gate"], "passes");
    EXPECT_EQ(report["domain_stats"]["category"], "NEW");
    EXPECT_EQ(report["domain_stats"]["source"], "asked now");
    EXPECT_EQ(report["domain_stats"]["first_contact"], true);
    EXPECT_EQ(report["otx"][0]["subject"], "hostname");
    EXPECT_EQ(report["otx"][0]["pulse_count"], 1);
    EXPECT_EQ(report["otx"][0]["pulses"][0]["author"], "AlienVault");
    const ShimRun human = daemon.verb({"lookup", "old.com"});
    EXPECT_NE(human.output.find("category      ESTABLISHED"), std::string::npos) << human.output;
    const ShimRun gated = daemon.verb({"lookup", "printer.local"});
    EXPECT_EQ(gated.exit_code, 1);
    EXPECT_NE(gated.output.find("refused: special_use"), std::string::npos) << gated.output;
    EXPECT_EQ(domain_stats_.counts().by_target.count("/printer.local"), 0U);
}

TEST_F(OtxEndToEnd, VerdictsAreTakenToAnotherHostAndThoseThatHideAFirstContactAreNot) {
    DaemonUnderTest here(domain_stats_.url(), otx_config());
    here.start();
    here.shim(alert_for("bad-host.new-shop.com"));
    ASSERT_EQ(otx_events(here.wait_for_events(2)), 1U) << here.log();
    // The event does not wait for the answer about the other of both.
    ASSERT_TRUE(
        eventually([&] { return here.metric("enrichd_provider_cache_entries{provider=\"otx\"}") == 2; }));
    const ShimRun dump = here.verb({"cache", "dump"});
    EXPECT_EQ(dump.exit_code, 0);
    const auto lines = std::count(dump.output.begin(), dump.output.end(), '\n');
    EXPECT_EQ(lines, 2) << "the host name and its domain, of OTX alone: " << dump.output;
    write_file(dir_ / "dump", dump.output);

    DaemonUnderTest there(domain_stats_.url(), otx_config());
    there.start();
    const std::uint64_t asked = otx_.requests();
    const ShimRun load = there.verb({"cache", "load", dir_ / "dump"});
    EXPECT_EQ(load.exit_code, 0);
    EXPECT_NE(load.output.find("2 verdicts loaded"), std::string::npos) << load.output;
    there.shim(alert_for("bad-host.new-shop.com"));
    EXPECT_EQ(otx_events(there.wait_for_events(2)), 1U) << there.log();
    EXPECT_EQ(otx_.requests(), asked) << "nothing that was loaded is asked for";
    there.stop();
    there.start();
    EXPECT_NE(there.verb({"cache", "get", "bad-host.new-shop.com"}).output.find("pulse_count"),
              std::string::npos)
        << "and it is in the state file";
    EXPECT_NE(there.verb({"cache", "load", dir_ / "dump"})
                  .output.find("2 lines left out: not younger than what is known here"),
              std::string::npos);
}

std::string repeated(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

TEST_F(OtxEndToEnd, WhatIsNoVerdictOfAnotherHostIsLeftOut) {
    DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    daemon.start();
    daemon.shim(alert_for("bad-host.new-shop.com"));
    ASSERT_EQ(otx_events(daemon.wait_for_events(2)), 1U) << daemon.log();
    const std::string dump = daemon.verb({"cache", "dump"}).output;
    daemon.verb({"cache", "flush"});
    const auto loaded = [&](const std::string& from, const std::string& to) {
        std::string text = dump;
        for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
            text.replace(at, from.size(), to);
        write_file(dir_ / "changed", text);
        return daemon.verb({"cache", "load", dir_ / "changed"}).output;
    };
    for (const auto& [from, to, why] : std::vector<std::array<std::string, 3>>{
             {R"("provider":"otx")", R"("provider":"domain_stats")", "the provider does not accept verdicts"},
             {R"("learnt_with":")", R"("learnt_with":"7)", "learnt with another server or filter"},
             {R"("key":")", R"("key":"x)", "the key is not a name"},
             {R"("verdict":{)", R"("verdict":5,"x":{)", "not readable"},
             {R"("verdict":{)", R"("verdict":{"a":[[[[[[[[[[1]]]]]]]]]],)", "nested too deeply"},
             {R"("reasons":[)", R"("reasons":[)" + repeated(R"("x",)", 100), "not readable"},
             {R"("learnt":)", R"("learnt":-)", "too old"},
             {R"("learnt":)", R"("learnt":")", "no JSON object"}})
        EXPECT_NE(loaded(from, to).find(why), std::string::npos) << why << ": " << loaded(from, to);
    EXPECT_EQ(daemon.verb({"cache", "dump"}).output, "") << "nothing of it was taken";
}

TEST_F(OtxEndToEnd, WhatStrangersWroteCannotSteerATerminal) {
    const DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    const ShimRun run = daemon.verb({"lookup", "odd.com"});
    EXPECT_NE(run.output.find("name with \\u001b[31mterminal\\u0007 escapes"), std::string::npos)
        << run.output;
    for (const char* unfit : {"\x1b", "\x07", "\xc2\x9b", "\xe2\x80\xae"})
        EXPECT_EQ(run.output.find(unfit), std::string::npos);
    const std::string json = daemon.verb({"lookup", "odd.com", "-o", "json"}).output;
    EXPECT_TRUE(
        std::all_of(json.begin(), json.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

TEST_F(OtxEndToEnd, LookupFailsWithAWordWhenAProviderDoes) {
    DaemonUnderTest daemon("http://127.0.0.1:1", otx_config());
    const ShimRun run = daemon.verb({"lookup", "x.com"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_NE(run.output.find("nobody listens at the server's address"), std::string::npos) << run.output;

    domain_stats_.fail_always(Fault::status_503);
    const ShimRun failing = DaemonUnderTest(domain_stats_.url(), otx_config()).verb({"lookup", "x.com"});
    EXPECT_EQ(failing.exit_code, 1) << failing.output;
    EXPECT_EQ(domain_stats_.counts().requests, 1U) << "no second try";
}

TEST_F(OtxEndToEnd, ExplainShowsEachStepAndTheEventsAndSendsNothing) {
    const DaemonUnderTest daemon(domain_stats_.url(), otx_config());
    write_file(dir_ / "alert", alert_for("www.bad-name.com"));
    const ShimRun run = daemon.verb({"explain", (dir_ / "alert").string(), "-o", "json"});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    const auto report = nlohmann::json::parse(run.output);
    EXPECT_EQ(report["field"], "/data/win/eventdata/queryName");
    EXPECT_EQ(report["agent"]["name"], "pc-17");
    EXPECT_EQ(report["source"]["user"], "EXAMPLE\\jane");
    ASSERT_EQ(report["events"].size(), 2U);
    EXPECT_EQ(report["events"][0]["to"], "[001] (pc-17) 10.0.0.1->dns_stats");
    EXPECT_EQ(report["events"][1]["to"], "[001] (pc-17) 10.0.0.1->otx");
    EXPECT_TRUE(daemon.events().empty());
    write_file(dir_ / "line", response("bad-name.com"));
    const auto answered =
        nlohmann::json::parse(daemon.verb({"explain", (dir_ / "line").string(), "-o", "json"}).output);
    EXPECT_EQ(answered["events"][0]["to"], "active-responses.log");
    EXPECT_EQ(answered["field"], "/data/dnsstat/query");
    write_file(dir_ / "delete", response("bad-name.com", "delete"));
    EXPECT_NE(daemon.verb({"explain", (dir_ / "delete").string()}).output.find("none to begin"),
              std::string::npos);
    write_file(dir_ / "none", "{\"half\":");
    EXPECT_EQ(daemon.verb({"explain", (dir_ / "none").string()}).exit_code, 1);
    EXPECT_EQ(daemon.verb({"explain", (dir_ / "missing").string()}).exit_code, 1);
}

TEST_F(OtxEndToEnd, WithoutAKeyOfTheirOwnLookupAndExplainAskTheDaemonThatHasOne) {
    DaemonUnderTest daemon(domain_stats_.url(), "otx:\n  url: " + otx_.url() +
                                                    "\n  ca_file: " + (dir_ / "ca.pem").string() + "\n");
    daemon.environment["ENRICHD_OTX_API_KEY"] = FakeOtx::key;  // as a credential, the service alone has it
    daemon.start();
    daemon.environment.clear();
    auto looked =
        nlohmann::json::parse(daemon.verb({"lookup", "bad-host.some-shop.com", "-o", "json"}).output);
    EXPECT_EQ(looked["otx"][0]["source"], "the running daemon, with its key") << looked;
    EXPECT_EQ(looked["otx"][0]["pulse_count"], 1) << looked;
    write_file(dir_ / "alert", alert_for("bad-host.other-shop.com"));
    looked = nlohmann::json::parse(daemon.verb({"explain", dir_ / "alert", "-o", "json"}).output);
    EXPECT_EQ(looked["otx"][0]["source"], "the running daemon, with its key") << looked;

    daemon.stop();
    const ShimRun alone = daemon.verb({"lookup", "bad-host.third-shop.com"});
    EXPECT_NE(alone.output.find("is enrichd running?"), std::string::npos) << alone.output;
    EXPECT_NE(alone.output.find("LoadCredential"), std::string::npos) << alone.output;
}

}  // namespace
}  // namespace enrichd::test::otx_test

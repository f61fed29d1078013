// The real daemon with the embedded engine: nothing else is needed.
#include <gtest/gtest.h>

#include <atomic>
#include <list>
#include <set>
#include <sstream>
#include <thread>

#include "fakes/fake_rdap.hpp"
#include "store/state_file.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/free_port.hpp"
#include "support/http_client.hpp"
#include "support/share.hpp"
#include "support/wait.hpp"

namespace enrichd::test::embedded_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeRdap;
using nlohmann::json;

/// Asks and does not read.
class LeavingClient {
  public:
    explicit LeavingClient(std::uint16_t port) {
        socket_.connect({boost::asio::ip::address_v4::loopback(), port});
        socket_.non_blocking(true);
    }
    /// False when the other side takes no more.
    bool ask(const std::string& target) {
        boost::system::error_code ec;
        boost::asio::write(socket_, boost::asio::buffer("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"),
                           ec);
        return !ec;
    }

  private:
    boost::asio::io_context io_;
    boost::asio::ip::tcp::socket socket_{io_};
};

class EmbeddedTest : public testing::Test {
  protected:
    EmbeddedTest() {
        write_file(home_ / "dns.json", rdap_.bootstrap());
        write_file(home_ / "top1m.csv", "1,decreed.com\n2,ordained.org\n");
    }
    std::string embedded(const std::string& more = {}) const {
        return "domain_stats:\n  mode: embedded\n  serve: 127.0.0.1:" + std::to_string(port_) +
               "\n  embedded:\n    rdap_bootstrap: " + (home_ / "dns.json").string() +
               "\n    known: " + (home_ / "top1m.csv").string() + "\n" + more +
               "gate:\n  skip_suffixes: [corp.acme.com]\n";
    }
    json ask(const std::string& name) { return json::parse(KeptClient(port_).get("/" + name)); }

    /// The answers' members and their types, as the original has them.
    static void expect_shape(const json& body, const std::string& category) {
        const std::set<std::string> members{"alerts",      "category",    "freq_score",
                                            "seen_by_isc", "seen_by_web", "seen_by_you"};
        std::set<std::string> has;
        for (const auto& [name, value] : body.items()) has.insert(name);
        EXPECT_EQ(has, members);
        EXPECT_TRUE(body["alerts"].is_array());
        EXPECT_EQ(body["category"], category);
        EXPECT_TRUE(body["freq_score"].is_array() && body["freq_score"].size() == 2) << body;
        for (const char* seen : {"seen_by_isc", "seen_by_web", "seen_by_you"})
            EXPECT_TRUE(body[seen].is_string()) << body;
    }

    TempDir home_;
    FakeRdap rdap_;
    std::uint16_t port_ = free_port();
    DaemonUnderTest daemon_{"", embedded()};
};

TEST_F(EmbeddedTest, AlertsAreEnrichedWithoutAnyServer) {
    daemon_.start();
    EXPECT_EQ(daemon_.shim(alert_for("www.harbour.com", "1.1")).exit_code, 0);
    const auto first = daemon_.wait_for_events(1).at(0);
    EXPECT_EQ(first["event"]["dnsstat"]["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(first["event"]["dnsstat"]["category"], "ESTABLISHED");
    EXPECT_EQ(first["event"]["dnsstat"]["query"], "www.harbour.com");
    daemon_.shim(alert_for("cdn.harbour.com", "1.2"));
    daemon_.shim(alert_for("login.newborn.com", "1.3"));
    const auto events = daemon_.wait_for_events(2);
    EXPECT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1]["event"]["dnsstat"]["category"], "NEW");
    EXPECT_EQ(daemon_.metric("enrichd_domains_seen"), 2);
    EXPECT_EQ(daemon_.metric("enrichd_domains_known"), 2);
    EXPECT_EQ(daemon_.metric("enrichd_provider_requests_total{outcome=\"ok\",provider=\"rdap\"}"), 2);
    EXPECT_EQ(daemon_.stop(), 0);
}

TEST_F(EmbeddedTest, ItsHttpInterfaceAnswersAsTheOriginal) {
    daemon_.start();
    json first = ask("harbour.com");
    expect_shape(first, "ESTABLISHED");
    EXPECT_EQ(first["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(first["seen_by_isc"], "RDAP");
    EXPECT_EQ(first["seen_by_web"], "Thu, 27 Aug 2009 16:51:19 GMT");
    first["alerts"] = json::array();
    for (const char* again : {"harbour.com", "www.harbour.com", "HARBOUR.com", "harbour.com."})
        EXPECT_EQ(ask(again), first) << again;

    json fresh = ask("newborn.com");
    expect_shape(fresh, "NEW");
    EXPECT_EQ(fresh["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(ask("newborn.com")["alerts"], json::array());

    const json random = ask("qzxwvjkpfh.com");
    EXPECT_EQ(random["alerts"], json({"LOW-FREQ-SCORES", "YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(ask("qzxwvjkpfh.com")["alerts"], json({"LOW-FREQ-SCORES"}));

    const std::string said = "RDAP lookup to " + rdap_.url() + "/rdap/domain/missing.com returned 404";
    const json failed = ask("missing.com");
    expect_shape(failed, "UNKNOWN");
    EXPECT_EQ(failed["alerts"], json({"YOUR-FIRST-CONTACT", said}));
    EXPECT_EQ(failed["seen_by_isc"], "UNKNOWN");
    EXPECT_EQ(ask("missing.com")["alerts"], json({said}));

    EXPECT_EQ(KeptClient(port_).get("/foo.internal"),
              "{\"alerts\":[\"No valid eTLD exists for this domain.\"],\"category\":\"ERROR\",\"freq_score\":"
              "\"ERROR\",\"seen_by_isc\":\"ERROR\",\"seen_by_web\":\"ERROR\",\"seen_by_you\":\"ERROR\"}\n");

    const json idn = ask("b%C3%BCcher.com");
    expect_shape(idn, "ESTABLISHED");
    EXPECT_EQ(rdap_.asked().count("/rdap/domain/xn--bcher-kva.com"), 1U);
    EXPECT_EQ(ask("xn--bcher-kva.com")["alerts"], json::array());

    const json decreed = ask("www.decreed.com");
    expect_shape(decreed, "ESTABLISHED");
    EXPECT_EQ(decreed["seen_by_isc"], "top1m");
    EXPECT_EQ(decreed["alerts"], json::array());

    const json stats = ask("stats");
    for (const char* member : {"hit", "miss", "rdap_fail", "rdap_good", "size", "warnings"})
        EXPECT_TRUE(stats.contains(member)) << stats;
    EXPECT_EQ(stats["rdap_fail"], 1);
}

TEST_F(EmbeddedTest, NoInternalNameReachesARegistry) {
    daemon_.start();
    unsigned id = 0;
    for (const char* name :
         {"files.corp.acme.com", "wpad", "printer.local", "db.internal", "x.example.com"}) {
        daemon_.shim(alert_for(name, "1." + std::to_string(++id)));
        ask(name);
    }
    daemon_.shim(alert_for("harbour.com", "2.1"));
    daemon_.wait_for_events(1);
    EXPECT_EQ(rdap_.requests(), 1U);
    EXPECT_EQ(daemon_.metric("enrichd_domains_seen"), 1);
}

/// How many of the answers say it, when so many clients ask for all of them at once.
unsigned first_contacts_told(std::uint16_t port, unsigned domains, unsigned clients) {
    std::atomic<unsigned> told = 0;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < clients; ++i)
        threads.emplace_back([&] {
            KeptClient client(port);
            for (unsigned n = 0; n < domains; ++n)
                if (client.get("/www.domain-" + std::to_string(n) + ".de").find("YOUR-FIRST-CONTACT") !=
                    std::string::npos)
                    ++told;
        });
    for (std::thread& thread : threads) thread.join();
    return told;
}

TEST_F(EmbeddedTest, AFirstContactIsToldOnceHoweverManyAskAndNeverAgainAfterAKill) {
    constexpr unsigned domains = 2'000 / share;
    daemon_.start();
    EXPECT_EQ(first_contacts_told(port_, domains, 8), domains);
    daemon_.crash();
    daemon_.start();
    EXPECT_EQ(first_contacts_told(port_, domains, 8), 0U);
    EXPECT_EQ(daemon_.metric("enrichd_domains_seen"), domains);
}

TEST_F(EmbeddedTest, AlertsAndOtherClientsShareOneFirstContact) {
    daemon_.start();
    rdap_.delay(200ms);
    daemon_.shim(alert_for("harbour.com", "1.1"));
    EXPECT_EQ(ask("harbour.com")["alerts"], json::array()) << "the alert came first";
    EXPECT_EQ(daemon_.wait_for_events(1).size(), 1U);
    EXPECT_EQ(rdap_.requests(), 1U);
}

TEST_F(EmbeddedTest, AnAlertThatWaitedForARegistryAtAKillIsToldAfterwards) {
    daemon_.start();
    rdap_.delay(60s);
    daemon_.shim(alert_for("harbour.com", "1.1"));
    ASSERT_TRUE(eventually([&] { return rdap_.requests() == 1; }));
    daemon_.crash();
    rdap_.delay(0ms);
    daemon_.start();
    const auto events = daemon_.wait_for_events(1);
    EXPECT_EQ(events[0]["event"]["dnsstat"]["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(ask("harbour.com")["alerts"], json::array());
}

TEST_F(EmbeddedTest, AFirstContactThatAClientDidNotWaitForIsToldLater) {
    daemon_.start();
    rdap_.delay(300ms);
    {
        LeavingClient client(port_);
        client.ask("/harbour.com");
        ASSERT_TRUE(eventually([&] { return rdap_.requests() == 1; }));
    }
    daemon_.shim(alert_for("harbour.com", "1.1"));
    EXPECT_EQ(daemon_.wait_for_events(1)[0]["event"]["dnsstat"]["alerts"], json({"YOUR-FIRST-CONTACT"}));
    {
        LeavingClient client(port_);
        client.ask("/bakery.com");
        ASSERT_TRUE(eventually([&] { return rdap_.requests() == 2; }));
        daemon_.crash();
    }
    daemon_.start();
    EXPECT_EQ(ask("bakery.com")["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(ask("bakery.com")["alerts"], json::array());
}

TEST_F(EmbeddedTest, StopsCleanlyWhateverItsClientsDo) {
    daemon_.start();
    std::list<LeavingClient> clients;
    for (int i = 0; i < 20; ++i) {
        clients.emplace_back(port_);
        for (int n = 0; n < 2'000; ++n)
            if (!clients.back().ask("/x" + std::to_string(i) + ".de")) break;  // and reads nothing
    }
    rdap_.delay(60s);
    clients.emplace_back(port_).ask("/harbour.com");
    ASSERT_TRUE(eventually([&] { return rdap_.requests() == 1; }));
    EXPECT_EQ(daemon_.stop(), 0);
    EXPECT_EQ(daemon_.log().find("error:"), std::string::npos) << daemon_.log();
}

TEST_F(EmbeddedTest, AVerdictOfOtherRulesIsForgotten) {
    daemon_.start();
    EXPECT_EQ(ask("harbour.com")["alerts"], json({"YOUR-FIRST-CONTACT"}));
    EXPECT_EQ(daemon_.stop(), 0);
    daemon_.write_config(embedded("    scores: table\n    average_alert: 100\n"));
    daemon_.start();
    EXPECT_EQ(ask("harbour.com")["alerts"], json({"SUSPECT-FREQ-SCORE"}));
}

TEST_F(EmbeddedTest, SeenDomainsAreImportedCountedExportedAndForgotten) {
    write_file(home_ / "list",
               "# seen by the old server\nharbour.com\n7,www.bakery.org\nnew.net 2020-01-02T03:04:05Z\n"
               "no domain\n");
    const std::string list = home_ / "list";
    EXPECT_EQ(daemon_.verb({"seen", "count"}).exit_code, 1) << "there is no state file, and none is made";
    EXPECT_FALSE(std::filesystem::exists(daemon_.state()));
    ShimRun run = daemon_.verb({"seen", "import", list});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    EXPECT_NE(run.output.find("3 domains read, 3 not seen before"), std::string::npos);
    EXPECT_NE(run.output.find("1 line without a domain left out, the first is line 5"), std::string::npos);
    EXPECT_EQ(daemon_.verb({"seen", "count"}).output, "3\n");
    EXPECT_NE(daemon_.verb({"seen", "export"}).output.find("new.net 2020-01-02T03:04:05Z\n"),
              std::string::npos);
    EXPECT_EQ(daemon_.verb({"seen", "forget", "www.bakery.org"}).output, "bakery.org is forgotten\n");
    EXPECT_EQ(daemon_.verb({"seen", "forget", "bakery.org"}).output, "bakery.org was not there\n");

    daemon_.start();
    EXPECT_EQ(ask("harbour.com")["alerts"], json::array());
    EXPECT_EQ(ask("new.net")["seen_by_you"], "Thu, 02 Jan 2020 03:04:05 GMT");
    EXPECT_EQ(ask("bakery.org")["alerts"], json({"YOUR-FIRST-CONTACT"}));
}

TEST_F(EmbeddedTest, SeenDomainsOfASpoiltFileAreExportedToTheirEnd) {
    write_file(home_ / "list", "harbour.com\nzoo.org\n");
    ASSERT_EQ(daemon_.verb({"seen", "import", home_ / "list"}).exit_code, 0);
    {
        StateFile file;
        file.open(daemon_.state() / "enrichd.db");
        file.script("UPDATE domains SET domain = CAST(x'FA6F6F2E6F7267' AS TEXT) WHERE domain = 'zoo.org'");
        ASSERT_FALSE(file.failure());
    }
    const ShimRun run = daemon_.verb({"seen", "export"});
    EXPECT_EQ(run.exit_code, 0);
    EXPECT_NE(run.output.find("harbour.com "), std::string::npos);
    EXPECT_NE(run.output.find("\xef\xbf\xbdoo.org "), std::string::npos);
}

TEST_F(EmbeddedTest, SeenDomainsAreToldToTheRunningDaemon) {
    write_file(home_ / "list", "harbour.com\nnew.net 2020-01-02T03:04:05Z\n");
    daemon_.start();
    const std::string list = home_ / "list";
    EXPECT_EQ(daemon_.verb({"seen", "import", list}).output, "2 domains read, 2 not seen before\n");
    EXPECT_EQ(daemon_.verb({"seen", "count"}).output, "2\n");
    EXPECT_EQ(ask("harbour.com")["alerts"], json::array());
    EXPECT_EQ(daemon_.verb({"seen", "export"}).output.substr(0, 12), "harbour.com ");
    EXPECT_EQ(daemon_.verb({"seen", "forget", "www.harbour.com"}).output, "harbour.com is forgotten\n");
    EXPECT_EQ(ask("harbour.com")["alerts"], json({"YOUR-FIRST-CONTACT"})) << "its verdict is forgotten too";
    EXPECT_EQ(daemon_.metric("enrichd_domains_seen"), 2);
}

TEST_F(EmbeddedTest, ADaemonWithoutItsAdminSocketKeepsTheStateFileForItself) {
    daemon_.start();
    ask("harbour.com");
    std::filesystem::remove(daemon_.home() / "admin.sock");
    const ShimRun run = daemon_.verb({"seen", "count"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_TRUE(run.output.ends_with("stop it first (systemctl stop enrichd.service)\n")) << run.output;
    EXPECT_EQ(run.output.find("spooled"), std::string::npos) << run.output;
}

TEST_F(EmbeddedTest, LookupUsesNothingUp) {
    const std::string looked = daemon_.verb({"lookup", "newborn.com", "-o", "json"}).output;
    EXPECT_EQ(json::parse(looked)["domain_stats"]["category"], "NEW") << looked;
    daemon_.start();
    EXPECT_EQ(daemon_.verb({"lookup", "newborn.com"}).exit_code, 0) << "beside the running daemon";
    EXPECT_EQ(ask("newborn.com")["alerts"], json({"YOUR-FIRST-CONTACT"}));
}

TEST_F(EmbeddedTest, FilesThatCannotBeUsedAreMistakesOfTheConfiguration) {
    write_file(home_ / "bad.freq", "{}");
    write_file(home_ / "dns.json", "{}");
    daemon_.write_config(embedded("    frequency_table: " + (home_ / "bad.freq").string() + "\n"));
    std::filesystem::remove(home_ / "top1m.csv");
    const ShimRun check = daemon_.verb({"check"});
    EXPECT_EQ(check.exit_code, 78);
    for (const char* key : {"frequency_table", "known", "rdap_bootstrap"})
        EXPECT_NE(check.output.find(std::string("domain_stats.embedded.") + key), std::string::npos)
            << check.output;
}

TEST_F(EmbeddedTest, TheListOfRegistriesIsFetchedOnceADayAndKept) {
    daemon_.write_config("domain_stats:\n  mode: embedded\n  serve: 127.0.0.1:" + std::to_string(port_) +
                         "\n  embedded:\n    rdap_bootstrap: " + rdap_.url() + "/dns.json\n");
    daemon_.start();
    ASSERT_TRUE(eventually(
        [&] { return daemon_.log().find("the list of registries is current") != std::string::npos; }));
    EXPECT_EQ(ask("harbour.com")["category"], "ESTABLISHED");
    EXPECT_EQ(daemon_.stop(), 0);
    daemon_.start();
    EXPECT_EQ(ask("newborn.com")["category"], "NEW") << "by the list from before";
    EXPECT_EQ(rdap_.bootstraps(), 1U);
}

TEST_F(EmbeddedTest, ThatNoRegistryAnswersIsTold) {
    daemon_.start();
    unsigned id = 0;
    for (const char* name : {"cut1.com", "cut2.com", "cut3.com", "cut4.com", "cut5.com", "cut6.com"})
        daemon_.shim(alert_for(name, "1." + std::to_string(++id)));
    EXPECT_EQ(daemon_.wait_for_events(6).size(), 6U) << "first contacts all the same";
    const json health = json::parse(daemon_.get("/healthz"));
    EXPECT_EQ(health["checks"]["rdap"]["status"], "degraded") << health;
    EXPECT_EQ(daemon_.metric("enrichd_rdap_registries_resting"), 1);
}

}  // namespace
}  // namespace enrichd::test::embedded_test

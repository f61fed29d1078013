// The real daemon as an operator and systemd see it.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <csignal>
#include <cstring>
#include <set>
#include <sstream>
#include <thread>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/test_ca.hpp"
#include "net/basic_auth.hpp"
#include "net/unix_socket.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test::operation_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;

struct Result {
    int exit_code;
    std::string output;
};

Result enrichd(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "enrichd");
    Command command;
    command.program = ENRICHD_PROGRAM;
    command.arguments = std::move(arguments);
    Child child(command);
    std::string output = child.output();
    return {child.wait(), std::move(output)};
}

TEST(Verbs, HaveTheirHelpAndTheirExitCodes) {
    EXPECT_EQ(enrichd({"--help"}).exit_code, 0);
    for (const char* verb : {"run", "check", "version"}) {
        const Result help = enrichd({verb, "--help"});
        EXPECT_EQ(help.exit_code, 0);
        EXPECT_NE(help.output.find(verb), std::string::npos);
    }
    EXPECT_EQ(enrichd({}).exit_code, 2);
    EXPECT_EQ(enrichd({"fly"}).exit_code, 2);
    EXPECT_EQ(enrichd({"check", "--nonsense"}).exit_code, 2);
    EXPECT_NE(enrichd({"version"}).output.find("enrichd 1."), std::string::npos);
    EXPECT_TRUE(nlohmann::json::accept(enrichd({"version", "-o", "json"}).output));
}

TEST(Verbs, CheckReportsEveryMistakeAndRunRefusesThem) {
    const TempDir dir;
    write_file(dir / "bad.yaml", "intake:\n  sokcet: /x\nlog:\n  level: loud\n");
    const Result check = enrichd({"check", "--config", dir / "bad.yaml"});
    EXPECT_EQ(check.exit_code, 78);
    EXPECT_NE(check.output.find("bad.yaml:2:3: intake.sokcet: unknown key; did you mean 'socket'?"),
              std::string::npos)
        << check.output;
    EXPECT_NE(check.output.find("bad.yaml:4:10: log.level"), std::string::npos);
    EXPECT_EQ(enrichd({"run", "--config", dir / "bad.yaml"}).exit_code, 78);
    const auto report =
        nlohmann::json::parse(enrichd({"check", "--config", dir / "bad.yaml", "-o", "json"}).output);
    EXPECT_EQ(report["ok"], false);
    EXPECT_EQ(report["errors"].size(), 2U);
    EXPECT_EQ(report["errors"][0]["line"], 2);
}

/// The first line of what the pages answer over TLS; why not, when there is no talk.
std::string over_tls(std::uint16_t port, const std::string& trusted, const std::string& authorization) {
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.add_certificate_authority(asio::buffer(trusted));
    context.set_verify_mode(asio::ssl::verify_peer);
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
    boost::system::error_code ec;
    stream.lowest_layer().connect({asio::ip::address_v4::loopback(), port}, ec);
    stream.handshake(asio::ssl::stream_base::client, ec);
    if (ec) return ec.message();
    asio::write(stream, asio::buffer("GET /livez HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization +
                                     "\r\n\r\n"));
    std::string answer;
    asio::read_until(stream, asio::dynamic_buffer(answer), "\r\n", ec);
    return answer.substr(0, answer.find('\r'));
}

TEST(Pages, AreForThoseWithThePasswordAndAReloadTakesAnotherAndACertificate) {
    const FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    const auto password = [&](const std::string& text) {
        write_file(daemon.home() / "password", text);
        ::chmod((daemon.home() / "password").c_str(), 0600);
    };
    password("correct-horse");
    daemon.more_of_admin = "  password_file: " + (daemon.home() / "password").string() + "\n";
    daemon.authorization = basic_auth("enrichd:correct-horse").reveal();
    daemon.write_config({});
    daemon.start();
    EXPECT_EQ(daemon.get("/livez"), "ok\n");
    EXPECT_EQ(daemon.metric("enrichd_admin_http_requests_total{result=\"without_password\"}"), 0);
    daemon.authorization = basic_auth("enrichd:correct").reveal();
    for (const char* page : {"/", "/livez", "/readyz", "/healthz", "/metrics", "/status", "/none"})
        EXPECT_EQ(daemon.get(page), "a password is needed\n") << page;
    EXPECT_NE(daemon.log().find("a request had a wrong password"), std::string::npos);

    password("battery-staple");
    const fakes::TestCa ca;
    const auto pems = ca.pems();
    write_file(daemon.home() / "cert.pem", pems.certificate);
    write_file(daemon.home() / "key.pem", pems.key);
    ::chmod((daemon.home() / "key.pem").c_str(), 0600);
    daemon.more_of_admin += "  certificate_file: " + (daemon.home() / "cert.pem").string() +
                            "\n  key_file: " + (daemon.home() / "key.pem").string() + "\n";
    daemon.write_config({});
    EXPECT_EQ(daemon.verb({"reload"}).exit_code, 0);
    EXPECT_EQ(daemon.get("/livez"), "") << "nothing in clear any more";
    const auto get = [&](const std::string& text) {
        return over_tls(daemon.admin_port(), ca.pem(), basic_auth("enrichd:" + text).reveal());
    };
    EXPECT_EQ(get("battery-staple"), "HTTP/1.1 200 OK");
    EXPECT_EQ(get("correct-horse"), "HTTP/1.1 401 Unauthorized");
    for (const char* secret : {"correct-horse", "battery-staple"}) {
        EXPECT_EQ(daemon.log().find(secret), std::string::npos);
        EXPECT_EQ(daemon.log().find(basic_auth(std::string("enrichd:") + secret).reveal().substr(6)),
                  std::string::npos);
    }

    write_file(daemon.home() / "key.pem", fakes::TestCa().pems().key);
    EXPECT_EQ(daemon.verb({"reload"}).exit_code, 1) << "the key of another certificate";
    EXPECT_EQ(get("battery-staple"), "HTTP/1.1 200 OK") << "the old one stays";
}

TEST(Verbs, CheckShowsTheEffectiveConfiguration) {
    const TempDir dir;
    write_file(dir / "good.yaml", "domain_stats:\n  timeout: 20s\nintake:\n  allow: [root]\n");
    EXPECT_EQ(enrichd({"check", "--config", dir / "good.yaml"}).exit_code, 0);
    const Result shown = enrichd({"check", "--offline", "--show", "--config", dir / "good.yaml"});
    EXPECT_NE(shown.output.find("timeout: 20s"), std::string::npos) << shown.output;
    write_file(dir / "shown.yaml", shown.output);
    EXPECT_EQ(enrichd({"check", "--config", dir / "shown.yaml"}).exit_code, 0);
}

TEST(Verbs, CheckConnectsToTheServersThatAreConfiguredAndSendsThemNothing) {
    fakes::FakeDomainStats server;
    const TempDir dir;
    write_file(dir / "there.yaml", "domain_stats: {url: '" + server.url() + "'}\notx: {mode: off}\n");
    const Result there = enrichd({"check", "--config", dir / "there.yaml"});
    EXPECT_EQ(there.exit_code, 0);
    EXPECT_EQ(there.output.find("nobody listens"), std::string::npos) << there.output;
    // The kernel completes a connection before the server has accepted it.
    EXPECT_TRUE(eventually([&] { return server.counts().connections == 1; }));
    EXPECT_EQ(server.counts().requests + server.counts().probes, 0U);
    write_file(dir / "nobody.yaml", "domain_stats: {url: 'http://127.0.0.1:9'}\notx: {mode: off}\n");
    const Result nobody = enrichd({"check", "--config", dir / "nobody.yaml"});
    EXPECT_EQ(nobody.exit_code, 0);
    EXPECT_NE(nobody.output.find("nobody.yaml:1:16: domain_stats.url: nobody listens on 127.0.0.1:9; "
                                 "domain_stats.mode: embedded needs no server"),
              std::string::npos)
        << nobody.output;
    const Result offline = enrichd({"check", "--offline", "--config", dir / "nobody.yaml"});
    EXPECT_EQ(offline.output.find("nobody listens"), std::string::npos) << offline.output;
}

TEST(Verbs, CheckWarnsOfPeersThatDoNotExist) {
    const TempDir dir;
    write_file(dir / "odd.yaml", "intake:\n  allow: [root, nobodyy]\n");
    const Result check = enrichd({"check", "--config", dir / "odd.yaml"});
    EXPECT_EQ(check.exit_code, 0);
    EXPECT_NE(check.output.find("'nobodyy' is no user or group"), std::string::npos) << check.output;
}

TEST(Run, OnceEndsWhenTheSpoolIsDone) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    for (int i = 0; i < 5; ++i) daemon.shim(alert_for("new-" + std::to_string(i) + ".com"));
    ASSERT_EQ(count_files(daemon.spool() / "new"), 5U);
    daemon.start(-1, {"--once"});
    EXPECT_EQ(daemon.process().wait(), 0);
    EXPECT_EQ(daemon.events().size(), 5U);
    EXPECT_EQ(count_files(daemon.spool() / "new"), 0U);
}

TEST(Run, ASecondDaemonOnTheSameSocketGivesUpAndTheFirstGoesOn) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    const Result second = enrichd({"run", "--config", daemon.home() / "enrichd.yaml"});
    EXPECT_EQ(second.exit_code, 1);
    EXPECT_NE(second.output.find("the intake socket cannot be opened"), std::string::npos) << second.output;
    EXPECT_EQ(daemon.shim(alert_for("new-one.com")).exit_code, 0);
    EXPECT_EQ(daemon.wait_for_events(1).size(), 1U);
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_FALSE(std::filesystem::exists(daemon.socket())) << "what it bound it removes";
}

TEST(Run, IsKilledAndStartedAgain) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.crash();
    EXPECT_EQ(daemon.shim(alert_for("new-one.com")).exit_code, 0);
    daemon.start();
    EXPECT_EQ(daemon.wait_for_events(1).size(), 1U);
    EXPECT_EQ(daemon.shim(alert_for("new-two.com")).exit_code, 0);
    EXPECT_EQ(daemon.wait_for_events(2).size(), 2U);
}

TEST(Reload, TakesAGoodFileAndKeepsCacheAndConnections) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("new-one.com"));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);

    daemon.write_config("gate:\n  skip_suffixes: [secret.com]\n");
    daemon.process().signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return daemon.log().find("configuration reloaded") != std::string::npos; }));

    daemon.shim(alert_for("x.secret.com"));
    daemon.shim(alert_for("new-one.com", "2"));
    EXPECT_EQ(daemon.wait_for_events(2).size(), 2U);
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_gated_total{reason="skip_suffix"})"), 1);
    EXPECT_EQ(server.counts().requests, 1U) << "the verdict is still known";
}

TEST(Reload, ReportsABadFileAndStaysAsItWas) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    write_file(daemon.home() / "enrichd.yaml", "intake:\n  sokcet: /x\n");
    daemon.process().signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return daemon.log().find("the old one stays") != std::string::npos; }));
    EXPECT_NE(daemon.log().find("intake.sokcet: unknown key"), std::string::npos);
    daemon.shim(alert_for("new-one.com"));
    EXPECT_EQ(daemon.wait_for_events(1).size(), 1U);
}

TEST(Reload, SaysWhatNeedsARestart) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.write_config("wazuh:\n  home: /elsewhere\n");
    daemon.process().signal(SIGHUP);
    EXPECT_TRUE(eventually([&] { return daemon.log().find("keys=wazuh.home") != std::string::npos; }))
        << daemon.log();
}

TEST(Admin, ServesItsPagesAndNothingElse) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    EXPECT_EQ(daemon.get("/livez"), "ok\n");
    EXPECT_EQ(daemon.get("/readyz"), "ready\n");
    EXPECT_NE(daemon.get("/readyz?verbose").find("intake: ok\n"), std::string::npos);
    const auto health = nlohmann::json::parse(daemon.get("/healthz"));
    EXPECT_EQ(health["status"], "ok");
    EXPECT_EQ(health["checks"]["domain_stats"]["status"], "ok");
    EXPECT_TRUE(health.contains("version"));
    EXPECT_TRUE(health.contains("uptime_seconds"));
    EXPECT_NE(daemon.get("/etc/passwd").find("/livez /readyz"), std::string::npos);
}

TEST(Admin, MetricsHoldNoNameFromOutside) {
    // Longer than any number that a metric writes: a short one is found in a sum of seconds now and then.
    const std::string alert_id = "1795493062471108154711.1795493062471108154711";
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    daemon.start();
    daemon.shim(alert_for("www.new-secret.com", alert_id));
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);
    const std::string metrics = daemon.get("/metrics");
    for (const std::string& name :
         {std::string("new-secret"), std::string("pc-17"), std::string("10.0.0.1"), alert_id})
        EXPECT_EQ(metrics.find(name), std::string::npos) << name;
    std::set<std::string> families;
    std::istringstream lines(metrics);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("# TYPE ")) families.insert(line.substr(7, line.find(' ', 7) - 7));
    for (const char* name :
         {"enrichd_build_info", "enrichd_alerts_received_total", "enrichd_alerts_gated_total",
          "enrichd_events_sent_total", "enrichd_alert_duration_seconds", "enrichd_cache_entries",
          "enrichd_cache_requests_total", "enrichd_provider_requests_total",
          "enrichd_provider_request_duration_seconds", "enrichd_provider_breaker_open",
          "enrichd_provider_inflight", "enrichd_pending", "enrichd_outbox", "enrichd_spool_files"})
        EXPECT_TRUE(families.contains(name)) << name << "\n" << metrics;
    EXPECT_EQ(daemon.metric(R"(enrichd_alerts_received_total{source="socket"})"), 1);
    EXPECT_EQ(daemon.metric(R"(enrichd_events_sent_total{kind="domain_stats",output="file"})"), 1);
}

TEST(Systemd, APassedSocketLosesNothingOverARestart) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    const auto socket = listen_unix(UnixSocket::packets, daemon.socket(), 0660, -1);
    ASSERT_TRUE(socket);
    daemon.start(socket->get());
    EXPECT_EQ(daemon.shim(alert_for("new-0.com")).exit_code, 0);
    ASSERT_EQ(daemon.wait_for_events(1).size(), 1U);

    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(std::filesystem::exists(daemon.socket())) << "it is systemd's";
    std::vector<std::thread> callers;
    for (int i = 1; i <= 4; ++i)
        callers.emplace_back([&, i] {
            const auto file = daemon.home() / ("a" + std::to_string(i));
            write_file(file, alert_for("new-" + std::to_string(i) + ".com"));
            const ShimRun run = daemon.shim_on(file);
            EXPECT_EQ(run.exit_code, 0);
        });
    daemon.start(socket->get());
    for (std::thread& caller : callers) caller.join();
    EXPECT_EQ(daemon.wait_for_events(5).size(), 5U);
}

/// What the daemon tells systemd over NOTIFY_SOCKET.
class NotifySocket {
  public:
    explicit NotifySocket(std::string path)
        : path_(std::move(path)), fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    bool heard(const std::string& text) {
        return eventually([&] {
            std::array<char, 4096> buffer{};
            for (ssize_t size = 0; (size = ::recv(fd_.get(), buffer.data(), buffer.size(), 0)) > 0;)
                all_.append(buffer.data(), static_cast<std::size_t>(size)).append("\n");
            return all_.find(text) != std::string::npos;
        });
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
    Fd fd_;
    std::string all_;
};

TEST(Systemd, IsToldOfStartLifeReloadAndStop) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url());
    NotifySocket systemd(daemon.home() / "notify");
    ::setenv("NOTIFY_SOCKET", systemd.path().c_str(), 1);
    ::setenv("WATCHDOG_USEC", "400000", 1);
    daemon.start();
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    EXPECT_TRUE(systemd.heard("READY=1"));
    EXPECT_TRUE(systemd.heard("WATCHDOG=1"));
    EXPECT_TRUE(systemd.heard("STATUS=ok, 0 alerts finished, 0 waiting"));
    daemon.process().signal(SIGHUP);
    EXPECT_TRUE(systemd.heard("RELOADING=1\nMONOTONIC_USEC="));
    EXPECT_EQ(daemon.stop(), 0);
    EXPECT_TRUE(systemd.heard("STOPPING=1"));
}

TEST(Log, IsJsonWhenAskedAndHoldsHostileNamesEscaped) {
    FakeDomainStats server;
    DaemonUnderTest daemon(server.url(), "log:\n  format: json\n  level: debug\n");
    daemon.start();
    daemon.shim(alert_for("a\r\nb\x1b[2J c"));
    daemon.stop();
    std::istringstream lines(daemon.log());
    int count = 0;
    bool seen = false;
    for (std::string line; std::getline(lines, line); ++count) {
        ASSERT_TRUE(nlohmann::json::accept(line)) << line;
        seen = seen || nlohmann::json::parse(line).value("query", "") == R"(a\013\010b\027[2J\032c)";
    }
    EXPECT_GE(count, 3);
    EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace enrichd::test::operation_test

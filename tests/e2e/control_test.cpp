// The verbs that ask the running daemon, and the reload.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <fstream>

#include "fakes/fake_domain_stats.hpp"
#include "net/unix_socket.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/free_port.hpp"
#include "support/http_client.hpp"
#include "support/wait.hpp"

namespace enrichd::test::control_test {
namespace {

using fakes::FakeDomainStats;
using nlohmann::json;

class ControlTest : public ::testing::Test {
  protected:
    json status() { return json::parse(daemon_.verb({"status", "-o", "json"}).output); }
    void alert(const std::string& name, const std::string& id) { daemon_.shim(alert_for(name, id)); }
    void reload(const std::string& extra) {
        daemon_.write_config(extra);
        const auto done = [&] { return status()["configuration"]["reloads"].get<int>(); };
        const int before = done();
        daemon_.process().signal(SIGHUP);
        ASSERT_TRUE(eventually([&] { return done() > before; }));
    }

    FakeDomainStats server_;
    DaemonUnderTest daemon_{server_.url()};
};

TEST_F(ControlTest, StatusTellsWhatTheDaemonDoes) {
    daemon_.start();
    alert("new-one.com", "1");
    alert("printer.local", "2");
    ASSERT_EQ(daemon_.wait_for_events(1).size(), 1U);
    const json said = status();
    EXPECT_EQ(said["status"], "ok");
    EXPECT_EQ(said["alerts"]["received"]["socket"], 2);
    EXPECT_EQ(said["upstreams"][0]["requests"], json({{"ok", 1}}));
    EXPECT_EQ(said["caches"]["domain_stats"]["entries"], 1);
    EXPECT_EQ(said["alerts"]["refusals"][0]["reason"], "special_use");
    EXPECT_EQ(said.dump().find("new-one"), std::string::npos) << "no name in it";
    EXPECT_EQ(json::parse(daemon_.get("/status"))["alerts"], said["alerts"]) << "the page shows the same";

    const ShimRun human = daemon_.verb({"status"});
    EXPECT_EQ(human.exit_code, 0);
    EXPECT_TRUE(human.output.starts_with("enrichd    ok, version ")) << human.output;
    EXPECT_NE(human.output.find("gated special_use: 1"), std::string::npos) << human.output;
}

TEST_F(ControlTest, WithoutADaemonTheVerbsSaySo) {
    const ShimRun run = daemon_.verb({"status"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_NE(run.output.find("is enrichd running?"), std::string::npos) << run.output;
}

TEST_F(ControlTest, AVerdictIsLookedAtAndFlushed) {
    daemon_.start();
    alert("www.new-one.com", "1");
    ASSERT_EQ(daemon_.wait_for_events(1).size(), 1U);
    const json known = json::parse(daemon_.verb({"cache", "get", "other.new-one.com", "-o", "json"}).output);
    EXPECT_EQ(known["domain"], "new-one.com");
    EXPECT_EQ(known["domain_stats"]["category"], "NEW");
    EXPECT_EQ(daemon_.verb({"cache", "get", "never-asked.com"}).exit_code, 1);
    EXPECT_EQ(daemon_.verb({"cache", "get", "a b"}).exit_code, 1);

    EXPECT_EQ(daemon_.verb({"cache", "flush", "new-one.com"}).output, "1 verdict flushed\n");
    EXPECT_EQ(daemon_.verb({"cache", "flush"}).output, "0 verdicts flushed\n");
    alert("www.new-one.com", "2");
    ASSERT_TRUE(eventually([&] { return server_.counts().requests == 2; })) << "asked anew";
    daemon_.stop();
    daemon_.start();
    EXPECT_EQ(status()["caches"]["domain_stats"]["entries"], 1) << "what was learnt since is remembered";
    EXPECT_EQ(daemon_.verb({"cache", "flush"}).output, "1 verdict flushed\n");
    daemon_.stop();
    daemon_.start();
    EXPECT_EQ(status()["caches"]["domain_stats"]["entries"], 0) << "a restart does not bring it back";
}

TEST_F(ControlTest, LookupTellsWhatTheDaemonKnowsAndAsksForTheRest) {
    daemon_.start();
    alert("www.new-one.com", "1");
    ASSERT_EQ(daemon_.wait_for_events(1).size(), 1U);
    json looked = json::parse(daemon_.verb({"lookup", "new-one.com", "-o", "json"}).output);
    EXPECT_EQ(looked["domain_stats"]["source"], "cache of the running daemon");
    EXPECT_EQ(looked["domain_stats"]["category"], "NEW");
    EXPECT_EQ(server_.counts().requests, 1U);
    looked = json::parse(daemon_.verb({"lookup", "new-one.com", "--no-cache", "-o", "json"}).output);
    EXPECT_EQ(looked["domain_stats"]["source"], "asked now");
    EXPECT_EQ(server_.counts().requests, 2U);
}

TEST_F(ControlTest, TheLogLevelIsToldAndSet) {
    daemon_.start();
    EXPECT_EQ(daemon_.verb({"log", "level"}).output, "info\n");
    EXPECT_EQ(daemon_.verb({"log", "level", "error"}).output, "error\n");
    EXPECT_EQ(daemon_.verb({"log", "level"}).output, "error\n");
    EXPECT_EQ(daemon_.verb({"log", "level", "loud"}).exit_code, 2);
    reload("");
    EXPECT_EQ(daemon_.verb({"log", "level"}).output, "info\n") << "until the next reload";
}

TEST_F(ControlTest, TheAdminSocketIsForItsUserAndGroupAlone) {
    daemon_.start();
    struct stat status {};
    ASSERT_EQ(::stat((daemon_.home() / "admin.sock").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0660U);
    daemon_.stop();
    EXPECT_FALSE(std::filesystem::exists(daemon_.home() / "admin.sock"));
}

TEST_F(ControlTest, AFileOfAlertsIsReplayed) {
    daemon_.start();
    std::ofstream file(daemon_.home() / "alerts.json");
    for (int i = 0; i < 300; ++i)
        file << alert_for("new-" + std::to_string(i) + ".com", std::to_string(i)) << "\n";
    file << "{\"id\":\"1\",\"data\":{}}\n\nno json\n" << std::string(300'000, 'x') << "\n";
    file.close();
    const ShimRun run = daemon_.verb({"replay", daemon_.home() / "alerts.json", "-o", "json"});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    const json said = json::parse(run.output);
    EXPECT_EQ(said["alerts"], 300);
    EXPECT_EQ(said["left_out"], json({{"name_missing", 1}, {"not_json", 1}, {"too_long", 1}})) << run.output;
    EXPECT_EQ(daemon_.wait_for_events(300).size(), 300U);
    // The first replay brings an alert again that the daemon was too busy to keep at once.
    const auto before = status()["alerts"]["duplicates"].get<int>();
    daemon_.verb({"replay", daemon_.home() / "alerts.json"});
    EXPECT_EQ(status()["alerts"]["duplicates"], before + 300) << "what it has had is not worked on again";
    EXPECT_EQ(daemon_.wait_for_events(301, std::chrono::milliseconds(300)).size(), 300U);
}

TEST_F(ControlTest, AReplayWithoutADaemonFailsAtTheFirstAlert) {
    write_file(daemon_.home() / "alerts.json", alert_for("new-1.com") + "\n");
    const ShimRun run = daemon_.verb({"replay", daemon_.home() / "alerts.json"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_NE(run.output.find("line 1: "), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("is enrichd running?"), std::string::npos) << run.output;
}

TEST_F(ControlTest, ADryRunPrintsTheEventsAndSendsNone) {
    write_file(daemon_.home() / "alerts.json",
               alert_for("www.new-1.com", "1") + "\n" + alert_for("ftp.new-1.com", "2") + "\n");
    const ShimRun run = daemon_.verb({"replay", "--dry-run", daemon_.home() / "alerts.json"});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    const json first = json::parse(run.output.substr(0, run.output.find('\n')));
    EXPECT_EQ(first["event"]["dnsstat"]["query"], "www.new-1.com") << run.output;
    EXPECT_EQ(first["agent"]["name"], "pc-17");
    EXPECT_EQ(server_.counts().requests, 1U) << "each domain is asked for once";
    EXPECT_TRUE(daemon_.events().empty());
}

TEST_F(ControlTest, AReloadMovesWhatListensElsewhereNow) {
    daemon_.start();
    const std::uint16_t served = free_port();
    const std::string new_socket = (daemon_.home() / "moved.sock").string();
    reload("domain_stats:\n  url: " + server_.url() + "\n  serve: 127.0.0.1:" + std::to_string(served) +
           "\n");
    EXPECT_NE(KeptClient(served).get("/new-one.com").find("NEW"), std::string::npos);
    const json said = status();
    EXPECT_EQ(said["configuration"]["good"], true);
    EXPECT_EQ(said["configuration"]["restart_keys"], "");
    EXPECT_EQ(daemon_.metric("enrichd_config_last_reload_successful"), 1);
    EXPECT_EQ(daemon_.metric("enrichd_config_reloads_total{result=\"ok\"}"), 1);
    reload("");
    EXPECT_THROW(KeptClient{served}, boost::system::system_error) << "it serves no more";
}

TEST_F(ControlTest, AReloadMovesTheIntakeAndThePages) {
    daemon_.start();
    const std::uint16_t pages = free_port();
    std::string config = read_file(daemon_.home() / "enrichd.yaml");
    const auto put = [&](const std::string& before, const std::string& after) {
        config.replace(config.find(before), before.size(), after);
    };
    put("intake.sock", "moved.sock");
    put("listen: 127.0.0.1:", "listen: 127.0.0.1:" + std::to_string(pages) + " # ");
    write_file(daemon_.home() / "enrichd.yaml", config);
    daemon_.process().signal(SIGHUP);
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(daemon_.home() / "moved.sock"); }));
    ASSERT_TRUE(eventually([&] { return daemon_.get("/livez").empty(); })) << "the old port is free";
    EXPECT_EQ(KeptClient(pages).get("/livez"), "ok\n");
    EXPECT_FALSE(std::filesystem::exists(daemon_.socket()));
    daemon_.shim(alert_for("new-one.com"));
    EXPECT_EQ(daemon_.wait_for_events(1).size(), 1U) << "the shim knocks at the old place, and spools";
    EXPECT_EQ(daemon_.stop(), 0);
    EXPECT_FALSE(std::filesystem::exists(daemon_.home() / "moved.sock"));
}

TEST_F(ControlTest, AReloadChangesTheContextOfEvents) {
    daemon_.start();
    const auto source = [&](std::size_t number) {
        const std::string id = std::to_string(number);
        alert("new-" + id + ".com", id);
        return daemon_.wait_for_events(number).back()["event"]["dnsstat"]["source"];
    };
    const json by_default = source(1);
    EXPECT_EQ(by_default["user"], "EXAMPLE\\jane");
    EXPECT_EQ(by_default["rule"], "100500");
    EXPECT_EQ(by_default["answers"].size(), 3U);
    daemon_.more_of_intake = "  context:\n    user: []\n    client: [/agent/ip]\n";
    reload("");
    const json changed = source(2);
    EXPECT_FALSE(changed.contains("user"));
    EXPECT_EQ(changed["client"], "10.0.0.1");
    EXPECT_EQ(changed["process"], by_default["process"]);
}

TEST_F(ControlTest, AReloadWithAnAddressThatIsTakenChangesNothing) {
    daemon_.start();
    boost::asio::io_context io;
    const boost::asio::ip::tcp::acceptor taken(io, {boost::asio::ip::address_v4::loopback(), 0});
    reload("gate:\n  skip_suffixes: [secret.com]\ndomain_stats:\n  url: " + server_.url() +
           "\n  serve: 127.0.0.1:" + std::to_string(taken.local_endpoint().port()) + "\n");
    EXPECT_EQ(status()["configuration"]["good"], false);
    EXPECT_EQ(daemon_.metric("enrichd_config_last_reload_successful"), 0);
    EXPECT_NE(daemon_.log().find("cannot listen key=domain_stats.serve"), std::string::npos);
    alert("x.secret.com", "1");
    EXPECT_EQ(daemon_.wait_for_events(1).size(), 1U) << "the new suffix is not in effect either";
}

TEST_F(ControlTest, OddQuestionsToTheAdminSocketGetAnErrorAndChangeNothing) {
    daemon_.start();
    alert("www.new-one.com", "1");
    ASSERT_EQ(daemon_.wait_for_events(1).size(), 1U);
    const auto socket = connect_stream(daemon_.home() / "admin.sock");
    ASSERT_TRUE(socket);
    for (const std::string& odd :
         {std::string(), std::string("null"), std::string("[]"), std::string(R"({"verb":5})"),
          std::string(R"({"verb":"cache flush","name":5})"),
          std::string(R"({"verb":"cache flush","name":""})"),
          std::string(R"({"verb":"cache get","name":null})"),
          std::string(R"({"verb":"log level","level":"loud"})"),
          std::string(R"({"verb":"seen import","domains":{"a":1}})"),
          std::string(R"({"verb":"seen forget"})"), std::string("{\"verb\":\"cache get\",\"name\":\"\xff\"}"),
          std::string(100'000, '[')}) {
        const std::string line = odd + "\n";
        ASSERT_EQ(::send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(line.size()));
        std::array<char, 1024> answer{};
        const ssize_t got = ::recv(socket->get(), answer.data(), answer.size(), 0);
        ASSERT_GT(got, 0) << odd.substr(0, 100);
        const json said = json::parse(answer.begin(), answer.begin() + got);
        EXPECT_EQ(said["ok"], false) << odd.substr(0, 100);
        EXPECT_FALSE(said["error"].get<std::string>().empty());
    }
    EXPECT_EQ(status()["caches"]["domain_stats"]["entries"], 1);
    EXPECT_EQ(daemon_.metric("enrichd_task_failures_total"), 0);
}

TEST_F(ControlTest, AReloadThatFailsLeavesNoSocketBehind) {
    daemon_.start();
    boost::asio::io_context io;
    const boost::asio::ip::tcp::acceptor taken(io, {boost::asio::ip::address_v4::loopback(), 0});
    std::string config = read_file(daemon_.home() / "enrichd.yaml");
    config.replace(config.find("intake.sock"), 11, "moved.sock");
    const std::size_t listen = config.find("listen: 127.0.0.1:");
    config.replace(listen, config.find('\n', listen) - listen,
                   "listen: 127.0.0.1:" + std::to_string(taken.local_endpoint().port()));
    write_file(daemon_.home() / "enrichd.yaml", config);
    daemon_.process().signal(SIGHUP);
    ASSERT_TRUE(
        eventually([&] { return daemon_.log().find("the old configuration stays") != std::string::npos; }));
    EXPECT_FALSE(std::filesystem::exists(daemon_.home() / "moved.sock"));
    EXPECT_EQ(daemon_.shim(alert_for("new-one.com")).exit_code, 0);
    EXPECT_EQ(daemon_.wait_for_events(1).size(), 1U);
}

TEST_F(ControlTest, TheAdminSocketOfAnotherIsLeftAlone) {
    write_file(daemon_.home() / "admin.sock", "a file of somebody's");
    daemon_.start();
    EXPECT_NE(daemon_.log().find("the admin socket cannot be opened"), std::string::npos);
    EXPECT_EQ(daemon_.shim(alert_for("new-one.com")).exit_code, 0) << "alerts do not need it";
    std::filesystem::rename(daemon_.home() / "admin.sock", daemon_.home() / "file");
    daemon_.process().signal(SIGHUP);
    EXPECT_TRUE(eventually([&] { return daemon_.verb({"status"}).exit_code == 0; }))
        << "a reload tries again";
    daemon_.stop();
    EXPECT_EQ(read_file(daemon_.home() / "file"), "a file of somebody's");
    write_file(daemon_.home() / "admin.sock", "mine");
    daemon_.start();
    daemon_.stop();
    EXPECT_EQ(read_file(daemon_.home() / "admin.sock"), "mine");
}

TEST_F(ControlTest, AnInterfaceThatAReloadOpensKeepsInternalNamesIn) {
    daemon_.start();
    const std::uint16_t served = free_port();
    reload("gate:\n  skip_suffixes: [corp.secret-inside.com]\ndomain_stats:\n  url: " + server_.url() +
           "\n  serve: 127.0.0.1:" + std::to_string(served) + "\n");
    EXPECT_NE(KeptClient(served).get("/host.corp.secret-inside.com").find("Not looked up: skip_suffix"),
              std::string::npos);
    EXPECT_EQ(server_.counts().requests, 0U);
}

TEST_F(ControlTest, AReplayOfWhatIsNoFileFails) {
    daemon_.start();
    EXPECT_EQ(daemon_.verb({"replay", daemon_.home().path()}).exit_code, 1);
    EXPECT_EQ(daemon_.verb({"replay", daemon_.home() / "none"}).exit_code, 1);
    EXPECT_EQ(daemon_.verb({"cache", "flush", ""}).exit_code, 2)
        << "an empty name is a mistake, not everything";
}

TEST_F(ControlTest, TheSupportFileHasNoSecretAndNoInternalName) {
    write_file(daemon_.home() / "key", std::string(64, 'a'));
    ::chmod((daemon_.home() / "key").c_str(), 0600);
    daemon_.write_config(
        "gate:\n  skip_suffixes: [corp.acme-inside.com]\notx:\n  url: https://otx.acme-inside.com\n"
        "  api_key_file: " +
        (daemon_.home() / "key").string() + "\n  proxy: http://jane:s3cret@proxy.acme-inside.com:3128\n");
    daemon_.start();
    alert("www.first-of-all.com", "1");
    ASSERT_EQ(daemon_.wait_for_events(1).size(), 1U);
    ASSERT_TRUE(eventually([&] { return daemon_.get("/healthz").find("acme-inside") != std::string::npos; }));
    const std::string file = daemon_.home() / "support.txt";
    const ShimRun run = daemon_.verb({"support", file});
    EXPECT_EQ(run.exit_code, 0) << run.output;
    const std::string text = read_file(file);
    for (const char* part :
         {"===== version", "===== status", "\"uptime_seconds\"", "===== wazuh doctor", "masked.invalid"})
        EXPECT_NE(text.find(part), std::string::npos) << part;
    for (const std::string& secret : {std::string("s3cret"), std::string("acme-inside"), std::string(64, 'a'),
                                      std::string("first-of-all")})
        EXPECT_EQ(text.find(secret), std::string::npos) << secret << "\n" << text;
    struct stat status {};
    ::stat(file.c_str(), &status);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(daemon_.verb({"support", file}).exit_code, 1) << "a file that is there stays";
    write_file(daemon_.home() / "enrichd.yaml", "sokcet: 1\n");
    EXPECT_NE(daemon_.verb({"support", "-"}).output.find("error in line 1: sokcet"), std::string::npos)
        << "also with a configuration that is wrong";
}

}  // namespace
}  // namespace enrichd::test::control_test

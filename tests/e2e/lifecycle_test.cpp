// Start, reload and stop of the real daemon, one during the other, and what becomes of its sockets.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>
#include <random>
#include <sstream>

#include "fakes/fake_domain_stats.hpp"
#include "net/unix_socket.hpp"
#include "stages/domain_stats/packed_verdict.hpp"
#include "stages/domain_stats/verdicts.hpp"
#include "store/schema.hpp"
#include "store/snapshot.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/free_port.hpp"
#include "support/http_client.hpp"
#include "support/share.hpp"
#include "support/wait.hpp"

namespace enrichd::test::lifecycle_test {
namespace {

using namespace std::chrono_literals;
using fakes::FakeDomainStats;

/// The daemon may be at one of two places, each with its own socket, admin socket and admin port.
struct Place {
    std::string intake;
    std::string control;
    std::uint16_t port = 0;
};

class Lifecycle : public testing::Test {
  protected:
    Lifecycle() {
        for (const char* name : {"a", "b"})
            places_.push_back({home_ / (std::string(name) + "-intake.sock"),
                               home_ / (std::string(name) + "-admin.sock"), free_port()});
        std::filesystem::create_directories(home_ / "state");
        configure(places_[0]);
    }

    void configure(const Place& place, const std::string& more = {}) const {
        std::ostringstream out;
        out << "wazuh:\n  home: " << (home_ / "ossec").string() << "\nintake:\n  socket: " << place.intake
            << "\n  spool: " << (home_ / "spool").string() << "\n  allow: [" << ::getuid()
            << "]\ndomain_stats:\n  url: " << server_.url()
            << "\noutputs:\n  wazuh: false\n  file: " << (home_ / "events").string()
            << "\nstate:\n  directory: " << (home_ / "state").string()
            << "\nadmin:\n  socket: " << place.control << "\n  listen: 127.0.0.1:" << place.port << "\n"
            << more;
        // As editors do: nobody sees a part of it.
        write_file(home_ / "new.yaml", out.str());
        std::filesystem::rename(home_ / "new.yaml", home_ / "enrichd.yaml");
    }

    /// What an earlier run left, so that a start takes a while.
    void remember(std::size_t verdicts) const {
        StateFile file;
        file.open(home_ / "state/enrichd.db");
        migrate(file);
        DomainStatsVerdict verdict;
        verdict.category = "ESTABLISHED";
        const std::string body = PackedVerdict(verdict).bytes();
        const WallTime expires = wall_seconds(WallClock::now() + std::chrono::hours(24));
        file.script("BEGIN");
        for (std::size_t i = 0; i < verdicts; ++i)
            Snapshot::put(file, {Verdicts::provider_name, "d" + std::to_string(i) + ".com", body, expires});
        file.script("COMMIT");
        ASSERT_FALSE(file.failure()) << file.detail();
    }

    Command command(const std::string& log = "log") const {
        Command out;
        out.program = ENRICHD_PROGRAM;
        out.arguments = {"enrichd", "run", "--config", (home_ / "enrichd.yaml").string()};
        out.output = home_ / log;
        return out;
    }
    std::string log(const std::string& name = "log") const { return read_file(home_ / name); }
    bool logged(const std::string& text, const std::string& name = "log") const {
        return eventually([&] { return log(name).find(text) != std::string::npos; }, 60s);
    }
    static std::size_t times(const std::string& text, const std::string& part) {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
        return count;
    }

    /// From here on SIGHUP, SIGINT and SIGTERM wait for the daemon.
    static bool takes_signals(const Child& daemon) {
        return eventually([&] {
            const std::string status = read_file("/proc/" + std::to_string(daemon.pid()) + "/status");
            const std::size_t blocked = status.find("SigBlk:\t");
            return blocked != std::string::npos && status.compare(blocked + 8, 16, "0000000000004803") == 0;
        });
    }

    static bool listens(std::uint16_t port) {
        const Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    /// Sockets that listen under a path, whether or not it still names them.
    static std::size_t listeners(const std::string& path) {
        std::size_t count = 0;
        std::istringstream sockets(read_file("/proc/net/unix"));
        for (std::string line; std::getline(sockets, line);)
            if (line.ends_with(" " + path) && line.find(" 00010000 ") != std::string::npos) ++count;
        return count;
    }
    static bool open_at(const Place& place) {
        return listeners(place.intake) == 1 && listeners(place.control) == 1 &&
               connect_packets(place.intake) && connect_stream(place.control) && listens(place.port);
    }
    static bool nothing_at(const Place& place) {
        return listeners(place.intake) == 0 && listeners(place.control) == 0 && !listens(place.port) &&
               !std::filesystem::exists(place.intake) && !std::filesystem::exists(place.control);
    }
    std::string health(const std::string& check, std::size_t place = 0) const {
        const auto page = nlohmann::json::parse(get("/healthz", place), nullptr, false);
        return page.is_discarded() ? "" : page["checks"][check].value("status", "");
    }
    std::string get(const std::string& target, std::size_t place = 0) const {
        try {
            return KeptClient(places_[place].port).get(target);
        } catch (const std::exception&) {
            return {};  // nobody listens
        }
    }

    int stop(Child& daemon) const {
        daemon.signal(SIGTERM);
        return daemon.wait(12s);
    }

    TempDir home_;
    FakeDomainStats server_;
    std::vector<Place> places_;
};

TEST_F(Lifecycle, AReloadDuringTheStartComesAfterIt) {
    remember(100'000 / share);
    Child daemon(command());
    ASSERT_TRUE(takes_signals(daemon));
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(places_[0].control); })) << log();
    configure(places_[1]);
    daemon.signal(SIGHUP);
    ASSERT_TRUE(logged("configuration reloaded")) << log();
    ASSERT_TRUE(eventually([&] { return nothing_at(places_[0]); }));
    EXPECT_TRUE(open_at(places_[1]));
    EXPECT_LT(log().find(" ready "), log().find("configuration reloaded")) << log();
    EXPECT_EQ(stop(daemon), 0);
    EXPECT_TRUE(nothing_at(places_[1]));
}

TEST_F(Lifecycle, StartReloadsAndStopComeInAnyOrderAndTime) {
    remember(100'000 / share);
    std::mt19937 chance(20261128);
    for (std::size_t round = 0; round < 8 / share; ++round) {
        std::string story;
        std::size_t place = chance() % 2;
        configure(places_[place]);
        {
            Child daemon(command());
            ASSERT_TRUE(takes_signals(daemon));
            for (unsigned left = chance() % 5; left > 0; --left) {
                const auto pause = std::chrono::milliseconds(chance() % 400);
                eventually([] { return false; }, pause);
                place = chance() % 2;
                configure(places_[place]);
                daemon.signal(SIGHUP);
                story += " +" + std::to_string(pause.count()) + "ms HUP to " + places_[place].intake;
            }
            if (chance() % 2 == 0) {
                // All is at rest: one owner of each address, and nothing left open of the others.
                EXPECT_TRUE(eventually([&] { return open_at(places_[place]); }, 30s)) << story << log();
                EXPECT_TRUE(eventually([&] { return nothing_at(places_[1 - place]); }, 30s))
                    << story << log();
                story += " at rest";
            }
            daemon.signal(SIGTERM);
            if (chance() % 2 == 0) daemon.signal(SIGHUP);
            EXPECT_EQ(daemon.wait(12s), 0) << story << log();
        }
        EXPECT_TRUE(nothing_at(places_[0]) && nothing_at(places_[1])) << story << log();
    }
    configure(places_[0]);
    Child daemon(command());
    EXPECT_TRUE(eventually([&] { return get("/readyz") == "ready\n"; }, 30s)) << log();
    EXPECT_EQ(stop(daemon), 0);
    EXPECT_EQ(log().find("exception"), std::string::npos) << log();
}

TEST_F(Lifecycle, ADaemonThatEndsLeavesTheSocketsOfTheNextOneAlone) {
    Child first(command());
    ASSERT_TRUE(logged(" ready ")) << log();
    server_.fail_always(fakes::Fault::silence);
    const auto alert = home_ / "alert";
    write_file(alert, alert_for("new-one.com"));
    const auto shim = [&](const std::filesystem::path& file) {
        Child run({ENRICH_SHIM_PROGRAM,
                   {"integrations", file.string()},
                   {{"ENRICHD_SOCKET", places_[0].intake}, {"ENRICHD_SPOOL", home_ / "spool"}},
                   home_ / "shim"});
        return run.wait();
    };
    EXPECT_EQ(shim(alert), 0);
    ASSERT_TRUE(eventually([&] { return server_.counts().requests > 0; }));
    first.signal(SIGTERM);
    ASSERT_TRUE(eventually([&] { return nothing_at(places_[0]); })) << "its places are free while it drains";
    Child second(command("log2"));
    ASSERT_TRUE(logged(" ready ", "log2")) << log("log2");
    EXPECT_EQ(first.wait(12s), 0);
    server_.fail_no_more();
    EXPECT_TRUE(open_at(places_[0]));
    EXPECT_TRUE(eventually([&] { return get("/readyz") == "ready\n"; }));
    EXPECT_EQ(stop(second), 0);
    EXPECT_TRUE(nothing_at(places_[0]));
}

TEST_F(Lifecycle, ASecondDaemonSaysThatAnotherOneRuns) {
    Child first(command());
    ASSERT_TRUE(logged(" ready ")) << log();
    Child second(command("log2"));
    EXPECT_EQ(second.wait(), 1);
    EXPECT_NE(log("log2").find("another enrichd is running: process " + std::to_string(first.pid())),
              std::string::npos)
        << log("log2");
    EXPECT_TRUE(open_at(places_[0]));
    EXPECT_EQ(stop(first), 0);
}

TEST_F(Lifecycle, ASocketThatSomebodyRemovedIsOpenedAgain) {
    Child daemon(command());
    ASSERT_TRUE(logged(" ready ")) << log();
    std::filesystem::remove(places_[0].intake);
    std::filesystem::remove(places_[0].control);
    EXPECT_TRUE(eventually([&] { return open_at(places_[0]); })) << log();
    EXPECT_NE(log().find("the intake socket had been removed; it is open again"), std::string::npos);
    EXPECT_EQ(health("intake"), "ok");
    EXPECT_EQ(stop(daemon), 0);
    EXPECT_TRUE(nothing_at(places_[0]));
}

TEST_F(Lifecycle, ASocketThatCannotBeOpenedAgainIsToldByHealth) {
    Child daemon(command());
    ASSERT_TRUE(logged(" ready ")) << log();
    std::filesystem::remove(places_[0].intake);
    std::filesystem::create_directory(places_[0].intake);
    EXPECT_TRUE(eventually([&] { return health("intake") == "degraded"; })) << get("/healthz");
    std::filesystem::remove(places_[0].intake);
    EXPECT_TRUE(eventually([&] { return health("intake") == "ok" && open_at(places_[0]); }));
    EXPECT_EQ(stop(daemon), 0);
}

TEST_F(Lifecycle, AnEmptyOrCutConfigurationIsRefusedAtAReload) {
    Child daemon(command());
    ASSERT_TRUE(logged(" ready ")) << log();
    std::string config = read_file(home_ / "enrichd.yaml");
    write_file(home_ / "enrichd.yaml", "");
    daemon.signal(SIGHUP);
    EXPECT_TRUE(logged("gives no key")) << log();
    EXPECT_EQ(health("configuration"), "degraded");
    write_file(home_ / "enrichd.yaml", config + "gate:\n  skip_suffixes: [corp.acme.com]\notx:\n  mode: of");
    daemon.signal(SIGHUP);
    EXPECT_TRUE(logged("otx.mode: expected")) << log();
    write_file(home_ / "enrichd.yaml", config + "cache:\n  entries: 10");
    daemon.signal(SIGHUP);
    EXPECT_TRUE(logged("does not end")) << log();
    EXPECT_TRUE(open_at(places_[0])) << "the old one stays";
    write_file(home_ / "enrichd.yaml", config);
    daemon.signal(SIGHUP);
    EXPECT_TRUE(eventually([&] { return health("configuration") == "ok"; }));
    EXPECT_EQ(stop(daemon), 0);
}

TEST_F(Lifecycle, AReloadMovesAllOrNothing) {
    Child daemon(command());
    ASSERT_TRUE(logged(" ready ")) << log();
    const Fd taken = *listen_unix(UnixSocket::stream, places_[1].control, 0600, -1);
    configure(places_[1]);
    daemon.signal(SIGHUP);
    EXPECT_TRUE(logged("the old configuration stays")) << log();
    EXPECT_TRUE(open_at(places_[0]));
    EXPECT_FALSE(std::filesystem::exists(places_[1].intake));
    EXPECT_FALSE(listens(places_[1].port));
    EXPECT_EQ(health("configuration"), "degraded");
    EXPECT_EQ(stop(daemon), 0);
    EXPECT_TRUE(connect_stream(places_[1].control)) << "that of another is left alone";
}

TEST_F(Lifecycle, SignalsThatAreMeantForOthersDoNothing) {
    Child daemon(command());
    ASSERT_TRUE(logged(" ready ")) << log();
    for (const int one : {SIGUSR1, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGXFSZ, SIGPIPE})
        daemon.signal(one);
    EXPECT_EQ(get("/livez"), "ok\n");
    EXPECT_EQ(stop(daemon), 0);
}

TEST_F(Lifecycle, ASignalWritesTheStateIntoTheLog) {
    Child daemon(command());
    ASSERT_TRUE(logged(" ready ")) << log();
    daemon.signal(SIGUSR2);
    EXPECT_TRUE(logged("the state, asked for by SIGUSR2")) << log();
    EXPECT_TRUE(logged("pending_limit")) << "of the document of /status: " << log();
    EXPECT_EQ(stop(daemon), 0);
}

TEST_F(Lifecycle, ModesAreRightWhateverTheUmask) {
    std::filesystem::remove(home_ / "state");
    Command shell = command();
    shell.program = "/bin/sh";
    shell.arguments = {"sh", "-c",
                       std::string("umask 777; exec ") + ENRICHD_PROGRAM + " run --config " +
                           (home_ / "enrichd.yaml").string()};
    Child daemon(shell);
    ASSERT_TRUE(logged(" ready ")) << log();
    const auto mode = [&](const std::string& name) {
        struct stat status {};
        return ::stat((home_ / name).c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
    };
    ASSERT_TRUE(eventually([&] { return mode("state/enrichd.db-wal") != 0; }));
    EXPECT_EQ(mode("state"), 0750U);
    EXPECT_EQ(mode("state/enrichd.db"), 0640U);
    EXPECT_EQ(mode("state/enrichd.db-wal"), 0640U);
    EXPECT_EQ(mode("a-intake.sock"), 0660U);
    EXPECT_EQ(mode("a-admin.sock"), 0660U);
    for (const char* name : {"spool", "spool/tmp", "spool/new"}) EXPECT_EQ(mode(name), 0770U) << name;
    EXPECT_EQ(stop(daemon), 0);
}

TEST_F(Lifecycle, AStopEndsThoughTheDiskOfTheStateFileHangs) {
    Command hanging = command();
    hanging.environment = {{"LD_PRELOAD", DISK_HANG_LIBRARY}, {"DISK_HANG", home_ / "hang"}};
    Child daemon(hanging);
    ASSERT_TRUE(logged(" ready ")) << log();
    write_file(home_ / "hang", "");
    EXPECT_EQ(stop(daemon), 0) << log();
    EXPECT_NE(log().find("the state file does not answer; leaving without it"), std::string::npos) << log();
    EXPECT_TRUE(nothing_at(places_[0]));
}

}  // namespace
}  // namespace enrichd::test::lifecycle_test

// Peers that mean it badly, against the real daemon: other alerts are taken meanwhile, none is lost, and what
// the peers cost is bounded and comes back when they leave.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <list>

#include "fakes/fake_domain_stats.hpp"
#include "fakes/fake_rdap.hpp"
#include "fakes/hostile_answers.hpp"
#include "net/unix_socket.hpp"
#include "support/alerts.hpp"
#include "support/daemon_under_test.hpp"
#include "support/free_port.hpp"
#include "support/http_client.hpp"
#include "support/packets.hpp"
#include "support/share.hpp"
#include "support/wait.hpp"

namespace enrichd::test::hostile_peers_test {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using fakes::FakeDomainStats;
using fakes::FakeRdap;
using fakes::Fault;

/// So much may the daemon grow, in kB, whatever its peers do.
[[maybe_unused]] constexpr long growth = 20 * 1024;

class HostilePeers : public testing::Test {
  protected:
    /// Starts the daemon and lets it do its work once, so that all it ever opens is open.
    void begin(const std::string& extra = {}) {
        daemon_.emplace(server_.url(), extra);
        daemon_->start();
        hand_over();
        ASSERT_EQ(daemon_->wait_for_events(1).size(), 1U);
        ASSERT_TRUE(eventually([&] { return server_.counts().open <= 1; }));
        descriptors_ = daemon_->descriptors();
        resident_ = daemon_->resident();
    }
    /// An alert for a name of its own, which must be safe: with the daemon, or in the spool.
    void hand_over() {
        const std::string number = std::to_string(++alerts_);
        const ShimRun run = daemon_->shim(alert_for("www.new-" + number + ".com", number));
        EXPECT_EQ(run.exit_code, 0) << run.output;
    }
    /// All that were handed over end in an event, and not in an error.
    void all_are_told() {
        const auto told = [&] {
            const auto events = daemon_->events();
            return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const auto& one) {
                return !one["event"]["dnsstat"].contains("error");
            }));
        };
        EXPECT_TRUE(eventually([&] { return told() == alerts_; })) << told() << daemon_->log();
    }

    void all_is_as_before() {
        EXPECT_TRUE(eventually([&] { return daemon_->descriptors() <= descriptors_; }))
            << daemon_->descriptors() << " descriptors, before " << descriptors_;
        hand_over();
        all_are_told();
        EXPECT_TRUE(eventually([&] { return count_files(daemon_->spool() / "new") == 0; }))
            << "the file of an alert goes after its event";
#ifndef ENRICHD_SANITIZED
        EXPECT_LT(daemon_->resident() - resident_, growth);
#endif
    }

    TempDir home_;
    FakeDomainStats server_;
    std::optional<DaemonUnderTest> daemon_;
    std::size_t alerts_ = 0;
    std::size_t descriptors_ = 0;
    long resident_ = 0;
};

TEST_F(HostilePeers, OddPacketsAndDescriptorsNobodyAskedForLeaveNothingBehind) {
    begin();
    const std::string good = packet(1, alert_for("www.new-smuggled.com", "smuggled"));
    std::string other_version = good;
    other_version[4] = 99;
    std::string other_kind = good;
    other_kind[5] = 99;
    const std::vector<std::string> odd{"",
                                       "x",
                                       good.substr(0, WIRE_REQUEST_HEADER - 1),
                                       good.substr(0, WIRE_REQUEST_HEADER),
                                       good.substr(0, good.size() - 1),
                                       good + std::string(WIRE_MAX_REQUEST, 'x'),
                                       std::string(good.size(), 'x'),
                                       other_version,
                                       other_kind};
    const Fd passed(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    for (int round = 0; round < 20; ++round) {
        std::list<Fd> peers;  // none reads what it is answered
        for (const std::string& bytes : odd) {
            peers.push_back(*connect_packets(daemon_->socket()));
            EXPECT_GE(::send(peers.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), 0);
            peers.push_back(*connect_packets(daemon_->socket()));
            EXPECT_TRUE(send_with_descriptors(peers.back(), bytes, passed, 50));
        }
        peers.push_back(*connect_packets(daemon_->socket()));
        EXPECT_TRUE(send_with_descriptors(peers.back(), good, passed, 50));
    }
    all_is_as_before();
    const auto refused = [&](const std::string& why) {
        return daemon_->metric("enrichd_alerts_rejected_total{reason=\"" + why + "\"}");
    };
    EXPECT_EQ(refused("packet_descriptors"), 20 * (static_cast<double>(odd.size()) + 1));
    EXPECT_EQ(refused("packet_version"), 20);
    EXPECT_EQ(refused("packet_kind"), 20);
    EXPECT_EQ(refused("packet_truncated"), 20);
}

TEST_F(HostilePeers, WhoReadsNoReplyKeepsNobodyElseWaiting) {
    begin();
    std::list<Fd> peers;
    for (std::size_t i = 0; i < 200 / share; ++i) {
        const std::string number = std::to_string(++alerts_);
        const std::string bytes = packet(alerts_, alert_for("www.new-" + number + ".com", number));
        peers.push_back(*connect_packets(daemon_->socket()));
        ASSERT_GT(::send(peers.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), 0);
    }
    hand_over();
    all_are_told();
    all_is_as_before();
}

TEST_F(HostilePeers, TenThousandSilentConnectionsKeepNoAlertFromBeingSafe) {
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    const rlimit more{before.rlim_max, before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &more);
    const std::size_t most = std::min<std::size_t>(5'000 / share, before.rlim_max - 200);  // of ours at once
    begin();

    // The line is full all the time: the oldest leave when nobody more can come.
    std::list<Fd> silent;
    std::size_t connected = 0;
    const auto come = [&] {
        Fd next = connect_nonblocking(daemon_->socket());
        if (!next) return false;
        silent.push_back(std::move(next));
        if (++connected % (2'000 / share) == 0) hand_over();
        return true;
    };
    while (connected < 10'000 / share) {
        if (silent.size() < most && come()) continue;
        for (int i = 0; i < 64 && !silent.empty(); ++i) silent.pop_front();
        ASSERT_TRUE(eventually(come));
    }
    EXPECT_TRUE(eventually([&] { return daemon_->descriptors() <= descriptors_ + 64 + 10; }))
        << "as many as may be open at once, and a few; those that gave way are closed";
    hand_over();
    all_are_told();  // while the line is full
    EXPECT_GT(silent.size(), 500U);

    silent.clear();
    all_is_as_before();
    ::setrlimit(RLIMIT_NOFILE, &before);
}

/// A client of an HTTP listener or of the admin socket that sends and never reads.
template <class Protocol>
class Mute {
  public:
    explicit Mute(const typename Protocol::endpoint& at) {
        socket_.open(at.protocol());
        socket_.set_option(
            boost::asio::socket_base::receive_buffer_size(1));  // the kernel makes it its least
        socket_.connect(at);
        socket_.non_blocking(true);
    }
    /// False when the other side takes no more.
    bool say(const std::string& text) {
        boost::system::error_code ec;
        boost::asio::write(socket_, boost::asio::buffer(text), ec);
        return !ec;
    }

  private:
    boost::asio::io_context io_;
    typename Protocol::socket socket_{io_};
};
using MuteTcp = Mute<tcp>;
using MuteLocal = Mute<boost::asio::local::stream_protocol>;

class HostileClients : public HostilePeers {
  protected:
    void begin_with_doors() {
        begin("domain_stats:\n  url: " + server_.url() + "\n  serve: 127.0.0.1:" + std::to_string(port_) +
              "\n");
        KeptClient(port_).get("/new-1.com");
    }
    tcp::endpoint serve() const { return {boost::asio::ip::address_v4::loopback(), port_}; }
    tcp::endpoint admin() const { return {boost::asio::ip::address_v4::loopback(), daemon_->admin_port()}; }
    std::string control() const { return daemon_->home() / "admin.sock"; }

    std::uint16_t port_ = free_port();
};

TEST_F(HostileClients, HalfAQuestionOrNoneAtEveryDoorKeepsNoAlertWaiting) {
    begin_with_doors();
    {
        std::list<MuteTcp> callers;
        std::list<MuteLocal> local;
        for (int i = 0; i < 100; ++i)
            for (const char* text : {"", "GET /new-1.com HTTP/1.1\r\nHost:", "GET "}) {
                callers.emplace_back(serve()).say(text);
                callers.emplace_back(admin()).say(text);
                local.emplace_back(control()).say(text);
            }
        for (int i = 0; i < 5; ++i) hand_over();
        all_are_told();
        EXPECT_NE(KeptClient(port_).get("/new-1.com").find("NEW"), std::string::npos) << "200 more may come";
        // 300 of 500 at the one HTTP listener, 16 at the other, 8 at the admin socket.
        EXPECT_LE(daemon_->descriptors(), descriptors_ + 300 + 16 + 8 + 10);
    }
    all_is_as_before();
}

TEST_F(HostileClients, WhoAsksAtEveryDoorAndNeverReadsKeepsNoAlertWaiting) {
    begin_with_doors();
    {
        std::list<MuteTcp> callers;
        std::list<MuteLocal> local;
        for (int i = 0; i < 5; ++i) {
            callers.emplace_back(admin()).say("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
            callers.emplace_back(serve());
            while (callers.back().say("GET /new-1.com HTTP/1.1\r\nHost: x\r\n\r\n")) {
            }
            local.emplace_back(control());
            while (local.back().say("{\"verb\":\"status\"}\n")) {
            }
        }
        for (int i = 0; i < 5; ++i) hand_over();
        all_are_told();
        EXPECT_NE(KeptClient(port_).get("/new-1.com").find("NEW"), std::string::npos);
        EXPECT_NE(daemon_->get("/metrics").find("enrichd_alerts_received_total"), std::string::npos);
        EXPECT_EQ(daemon_->verb({"status"}).exit_code, 0);
    }
    all_is_as_before();
}

TEST_F(HostilePeers, ADomainStatsThatWearsItsClientsOutLosesNoAlert) {
    fakes::gzip_bomb("");  // packing it takes longer than the server has time
    begin("domain_stats:\n  url: " + server_.url() + "\n  timeout: 500ms\n");
    const std::vector<std::pair<Fault, const char*>> kinds{{Fault::drip, "timeout"},
                                                           {Fault::endless_body, "body_too_large"},
                                                           {Fault::endless_extension, "body_too_large"},
                                                           {Fault::endless_trailer, "body_too_large"},
                                                           {Fault::huge_header, "header_too_large"},
                                                           {Fault::gzip_bomb, "body_too_large"},
                                                           {Fault::deep, "body_not_json"}};
    for (const auto& [fault, reason] : kinds) {
        const std::string outcome = std::string("enrichd_provider_requests_total{outcome=\"") + reason +
                                    "\",provider=\"domain_stats\"}";
        const double so_far = std::max(daemon_->metric(outcome), 0.0);
        server_.fail_next(fault);
        hand_over();
        all_are_told();
        EXPECT_EQ(daemon_->metric(outcome), so_far + 1) << reason << static_cast<int>(fault);
    }
    EXPECT_EQ(first_contacts(daemon_->events()), alerts_);
    all_is_as_before();
}

TEST_F(HostilePeers, ARegistryThatWearsItsClientsOutKeepsNoAlertWaitingForLong) {
    fakes::gzip_bomb("");  // packing it takes long
    FakeRdap registry;
    write_file(home_ / "dns.json", registry.bootstrap());
    begin("domain_stats:\n  mode: embedded\n  embedded:\n    rdap_timeout: 2s\n    rdap_bootstrap: " +
          (home_ / "dns.json").string() + "\n");
    const std::vector<std::pair<std::string, const char*>> kinds{{"drip", "timeout"},
                                                                 {"endless", "body_too_large"},
                                                                 {"extension", "body_too_large"},
                                                                 {"trailer", "body_too_large"},
                                                                 {"header", "header_too_large"},
                                                                 {"bomb", "body_too_large"},
                                                                 {"deep", "ok"}};  // it was a whole answer
    for (const auto& [kind, reason] : kinds) {
        const std::string outcome =
            std::string("enrichd_provider_requests_total{outcome=\"") + reason + "\",provider=\"rdap\"}";
        const double so_far = std::max(daemon_->metric(outcome), 0.0);
        const std::string number = std::to_string(++alerts_);
        EXPECT_EQ(daemon_->shim(alert_for(kind + number + ".com", number)).exit_code, 0);
        all_are_told();
        EXPECT_EQ(daemon_->metric(outcome), so_far + 1) << kind;
        hand_over();  // a good answer: three bad ones in a row would let the registry rest
        all_are_told();
    }
    all_is_as_before();
}

}  // namespace
}  // namespace enrichd::test::hostile_peers_test

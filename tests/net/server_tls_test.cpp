// The HTTP server with TLS and a password.
#include "net/server_tls.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <filesystem>
#include <memory>

#include "fakes/test_ca.hpp"
#include "net/basic_auth.hpp"
#include "net/http_server.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::server_tls_test {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

class Page final : public HttpService {
  public:
    task<HttpReply> answer(HttpQuestion) override {
        HttpReply reply;
        reply.body = "the page";
        co_return reply;
    }
};

class ServerTlsTest : public testing::Test {
  protected:
    ServerTlsTest() {
        Fd socket = listen_tcp("127.0.0.1:0").value();
        sockaddr_in name{};
        socklen_t size = sizeof name;
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
        port_ = ntohs(name.sin_port);
        put(ca_);
        server_.set_access({ServerTls::make(cert(), key()).value(), {}});
        listener_.spawn("listener", server_.listen(std::move(socket)));
    }
    ~ServerTlsTest() override {
        listener_.cancel();
        sessions_.cancel();
        EXPECT_TRUE(run(io_, sessions_.drained(Clock::now() + 5s)));
        EXPECT_TRUE(run(io_, listener_.drained(Clock::now() + 5s)));
        EXPECT_EQ(sessions_.failures() + listener_.failures(), 0U);
    }
    std::string cert() const { return dir_ / "cert.pem"; }
    std::string key() const { return dir_ / "key.pem"; }
    void put(const fakes::TestCa& ca) {
        const auto pems = ca.pems();
        // As a renewal does it: a new file each time.
        for (const auto& [path, text] : {std::pair(cert(), pems.certificate), std::pair(key(), pems.key)}) {
            write_file(path + ".new", text);
            ::chmod((path + ".new").c_str(), 0600);
            std::filesystem::rename(path + ".new", path);
        }
    }

    /// What the server says to a client that trusts `ca`; why not, when there is no talk.
    task<std::string> talk(std::string request, std::string trusted) {
        asio::ssl::context context(asio::ssl::context::tls_client);
        context.add_certificate_authority(asio::buffer(trusted));
        context.set_verify_mode(asio::ssl::verify_peer);
        asio::ssl::stream<tcp::socket> stream(io_, context);
        stream.set_verify_callback(asio::ssl::host_name_verification("localhost"));
        const tcp::endpoint server(asio::ip::address_v4::loopback(), port_);
        auto [refused] = co_await stream.lowest_layer().async_connect(server, nothrow);
        if (refused) co_return refused.message();
        auto [failure] = co_await stream.async_handshake(asio::ssl::stream_base::client, nothrow);
        if (failure) co_return "no handshake";
        co_await asio::async_write(stream, asio::buffer(request), asio::use_awaitable);
        std::string all;
        auto [end, size] = co_await asio::async_read(stream, asio::dynamic_buffer(all), nothrow);
        all.append(end == asio::error::eof ? "" : " and no farewell");
        co_return all;
    }
    std::string get(const fakes::TestCa& ca, const std::string& header = {}) {
        return run(io_,
                   talk("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + header + "\r\n", ca.pem()));
    }
    static std::string authorization(const Secret& value) {
        return "Authorization: " + value.reveal() + "\r\n";
    }

    asio::io_context io_;
    TempDir dir_;
    fakes::TestCa ca_;
    Tasks listener_{io_};
    Tasks sessions_{io_};
    Page page_;
    HttpServer server_{
        io_, sessions_, page_, {.name = "test session", .max_connections = 2, .patience = 1min}};
    std::uint16_t port_ = 0;
};

TEST_F(ServerTlsTest, ServesOverTls) {
    const std::string all = get(ca_);
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << all;
    EXPECT_TRUE(all.ends_with("\r\n\r\nthe page")) << all;
    EXPECT_EQ(get(fakes::TestCa()), "no handshake") << "for who trusts another";
}

TEST_F(ServerTlsTest, SaysNothingInClear) {
    tcp::socket socket(io_);
    socket.connect({asio::ip::address_v4::loopback(), port_});
    asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n")));
    run_until(io_, [&] { return server_.counts().bad_requests == 1; });
    EXPECT_EQ(server_.counts().bad_requests, 1U);
    boost::system::error_code ec;
    std::string all;
    asio::read(socket, asio::dynamic_buffer(all), ec);
    EXPECT_EQ(all.find("the page"), std::string::npos);
    EXPECT_TRUE(get(ca_).ends_with("the page")) << "and the others are served";
}

TEST_F(ServerTlsTest, PeersWithoutAHandshakeKeepNobodyOut) {
    std::vector<tcp::socket> held;
    for (int i = 0; i < 2; ++i) {
        held.emplace_back(io_);
        held.back().connect({asio::ip::address_v4::loopback(), port_});
        run_until(io_, [&] { return server_.connections() == held.size(); });
    }
    EXPECT_TRUE(get(ca_).ends_with("the page"));
    EXPECT_EQ(server_.counts().turned_away, 1U);
    held.clear();
    run_until(io_, [&] { return server_.connections() == 0; });
    EXPECT_EQ(server_.counts().bad_requests, 0U) << "who only connects and leaves is no request";
}

TEST_F(ServerTlsTest, ARenewedCertificateIsUsedWithoutAReload) {
    const fakes::TestCa other;
    put(other);
    EXPECT_TRUE(get(other).ends_with("the page"));
    EXPECT_EQ(get(ca_), "no handshake");
}

TEST_F(ServerTlsTest, ACertificateThatCannotBeUsedLeavesTheOldOne) {
    write_file(cert(), "half of a certificate");
    EXPECT_TRUE(get(ca_).ends_with("the page"));
    const fakes::TestCa other;
    put(other);
    const SimulatedTime later;  // it is not tried again within the same second
    SimulatedTime::current()->advance(2s);
    EXPECT_TRUE(get(other).ends_with("the page")) << "put right, it is used";
    std::filesystem::remove(key());
    SimulatedTime::current()->advance(2s);
    EXPECT_TRUE(get(other).ends_with("the page"));
}

TEST_F(ServerTlsTest, AStopWaitsForNoPeer) {
    std::vector<std::unique_ptr<asio::ssl::stream<tcp::socket>>> peers;
    asio::ssl::context context(asio::ssl::context::tls_client);
    for (const bool greets : {true, false}) {
        auto& peer = *peers.emplace_back(std::make_unique<asio::ssl::stream<tcp::socket>>(io_, context));
        peer.lowest_layer().connect({asio::ip::address_v4::loopback(), port_});
        if (greets) run(io_, peer.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable));
    }
    run_until(io_, [&] { return server_.connections() == 2; });
    sessions_.cancel();
    EXPECT_TRUE(run(io_, sessions_.drained(Clock::now() + 30s))) << "they have a minute to say something";
}

TEST_F(ServerTlsTest, AsksForAPassword) {
    server_.set_access({ServerTls::make(cert(), key()).value(), basic_auth("enrichd:correct-horse")});
    const std::string without = get(ca_);
    EXPECT_TRUE(without.starts_with("HTTP/1.1 401 Unauthorized\r\n")) << without;
    EXPECT_NE(without.find("WWW-Authenticate: Basic realm=\"enrichd\""), std::string::npos) << without;
    EXPECT_EQ(without.find("the page"), std::string::npos);
    EXPECT_TRUE(get(ca_, authorization(basic_auth("enrichd:correct-horse"))).ends_with("the page"));
    const std::string in_other_case =
        "Authorization: basic " + basic_auth("enrichd:correct-horse").reveal().substr(6) + "\r\n";
    EXPECT_TRUE(get(ca_, in_other_case).ends_with("the page"));
    for (const char* wrong : {"enrichd:correct-hors", "root:correct-horse", "", ":"})
        EXPECT_TRUE(get(ca_, authorization(basic_auth(wrong))).starts_with("HTTP/1.1 401")) << wrong;
    EXPECT_EQ(server_.counts().without_password, 5U);
    server_.set_access({ServerTls::make(cert(), key()).value(), {}});
    EXPECT_TRUE(get(ca_).ends_with("the page")) << "until nobody is asked any more";
}

TEST_F(ServerTlsTest, IsMadeOfACertificateAndItsKey) {
    EXPECT_EQ(ServerTls::make(dir_ / "none", key()).error(), boost::system::errc::no_such_file_or_directory);
    EXPECT_EQ(ServerTls::make(key(), cert()).error(), errc::tls_failed);
    const std::string other = dir_ / "other";
    write_file(other, fakes::TestCa().pems().key);
    EXPECT_EQ(ServerTls::make(cert(), other).error(), errc::key_file_open) << "others may read it";
    ::chmod(other.c_str(), 0600);
    EXPECT_EQ(ServerTls::make(cert(), other).error(), errc::tls_failed) << "of another certificate";
    ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(ServerTls::make(dir_ / "fifo", key()).error(), errc::file_not_regular)
        << "and it is not opened";
    EXPECT_EQ(ServerTls::make(cert(), dir_.path().string()).error(), errc::file_not_regular);
}

}  // namespace
}  // namespace enrichd::test::server_tls_test

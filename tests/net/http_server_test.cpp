#include "net/http_server.hpp"

#include <gtest/gtest.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <thread>

#include "support/run.hpp"

namespace enrichd::test::http_server_test {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

class Echo final : public HttpService {
  public:
    task<HttpReply> answer(HttpQuestion question) override {
        ++asked;
        HttpReply reply;
        if (question.target == "/absent") reply.status = 404;
        if (question.target == "/large") question.target.resize(64 << 20);
        if (question.target == "/slow") co_await sleep_until(Clock::now() + 50ms);
        left = question.left();
        reply.body = std::move(question.target);
        co_return reply;
    }
    int asked = 0;
    bool left = false;
};

class HttpServerTest : public testing::Test {
  protected:
    HttpServerTest() {
        Fd socket = listen_tcp("127.0.0.1:0").value();
        sockaddr_in name{};
        socklen_t size = sizeof name;
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
        port_ = ntohs(name.sin_port);
        listener_.spawn("listener", server_.listen(std::move(socket)));
    }
    ~HttpServerTest() override {
        listener_.cancel();
        sessions_.cancel();
        EXPECT_TRUE(run(io_, sessions_.drained(Clock::now() + 5s)));
        EXPECT_TRUE(run(io_, listener_.drained(Clock::now() + 5s)));
        EXPECT_EQ(sessions_.failures() + listener_.failures(), 0U);
    }
    static HttpServerOptions options() {
        HttpServerOptions options{"test session"};
        options.max_connections = 2;
        options.max_header = 1024;
        options.patience = 2s;
        return options;
    }

    /// What comes until the server closes, or until `enough` has come.
    task<std::string> talk(std::string bytes, std::string enough = {}) {
        tcp::socket socket(io_);
        const tcp::endpoint server(asio::ip::address_v4::loopback(), port_);
        co_await socket.async_connect(server, asio::use_awaitable);
        co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
        std::string all;
        std::array<char, 4096> buffer{};
        for (;;) {
            auto [ec, size] = co_await socket.async_read_some(asio::buffer(buffer), nothrow);
            all.append(buffer.data(), size);
            if (ec || (!enough.empty() && all.find(enough) != std::string::npos)) break;
        }
        co_return all;
    }
    std::string ask(const std::string& bytes, const std::string& enough = {}) {
        return run(io_, talk(bytes, enough));
    }

    asio::io_context io_;
    Tasks listener_{io_};
    Tasks sessions_{io_};
    Echo echo_;
    HttpServer server_{io_, sessions_, echo_, options()};
    std::uint16_t port_ = 0;
};

TEST_F(HttpServerTest, AnswersOneRequestAfterTheOtherOverOneConnection) {
    const std::string all =
        ask("GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nGET /absent HTTP/1.1\r\nHost: x\r\n\r\n"
            "GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(all.starts_with("HTTP/1.1 200 OK\r\n")) << all;
    EXPECT_NE(all.find("\r\n\r\n/a?b"), std::string::npos);
    EXPECT_NE(all.find("HTTP/1.1 404 Not Found"), std::string::npos);
    EXPECT_TRUE(all.ends_with("\r\n\r\n/c"));
    EXPECT_NE(all.find("Date: "), std::string::npos);
    EXPECT_NE(all.find("Cache-Control: no-store"), std::string::npos);
    EXPECT_EQ(server_.counts().requests, 3U);
}

TEST_F(HttpServerTest, SpeaksTheOldVersionToo) {
    EXPECT_TRUE(ask("GET /a HTTP/1.0\r\n\r\n").ends_with("\r\n\r\n/a"));
    const std::string kept = ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "/a");
    EXPECT_NE(kept.find("Connection: keep-alive"), std::string::npos) << kept;
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
    const std::string all = ask("HEAD /abc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_NE(all.find("Content-Length: 4"), std::string::npos) << all;
    EXPECT_TRUE(all.ends_with("\r\n\r\n")) << all;
}

TEST_F(HttpServerTest, KnowsNoOtherMethod) {
    const std::string all = ask("OPTIONS /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(all.starts_with("HTTP/1.1 405")) << all;
    EXPECT_NE(all.find("Allow: GET, HEAD"), std::string::npos);
    EXPECT_TRUE(
        ask("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc").starts_with("HTTP/1.1 405"))
        << "and its connection is closed";
    EXPECT_EQ(echo_.asked, 0);
}

TEST_F(HttpServerTest, ClosesAfterWhatIsNoRequest) {
    EXPECT_TRUE(ask("GET /a b c HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
    EXPECT_TRUE(ask("\x16\x03\x01\x02hello\r\n\r\n").starts_with("HTTP/1.1 400"));
    EXPECT_TRUE(ask("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 400"));
    EXPECT_EQ(server_.counts().bad_requests, 3U);
    EXPECT_EQ(echo_.asked, 0);
}

TEST_F(HttpServerTest, WaitsForNobodyForLong) {
    EXPECT_EQ(ask(""), "");
    EXPECT_EQ(ask("GET /a HTTP/1.1\r\nHost:"), "");
    EXPECT_TRUE(ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").ends_with("/a")) << "and then it is closed";
}

TEST_F(HttpServerTest, WaitsForNoSlowReaderForLong) {
    std::vector<tcp::socket> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back(io_);
        readers.back().connect({asio::ip::address_v4::loopback(), port_});
        asio::write(readers.back(), asio::buffer(std::string("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")));
    }
    run_until(io_, [&] { return echo_.asked == 2; });
    EXPECT_EQ(server_.connections(), 2U) << "there is more to send than the kernel takes";
    // The first takes nothing, the second a byte now and then.
    run_until(io_, [&] {
        std::array<char, 1> byte{};
        if (server_.connections() > 1) readers[1].read_some(asio::buffer(byte));
        return server_.connections() == 0;
    });
    EXPECT_EQ(server_.connections(), 0U);
    EXPECT_TRUE(ask("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ends_with("/a"));
}

TEST_F(HttpServerTest, TellsWhetherTheAskerIsStillThere) {
    ask("GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_FALSE(echo_.left);
    {
        tcp::socket socket(io_);
        socket.connect({asio::ip::address_v4::loopback(), port_});
        asio::write(socket, asio::buffer(std::string("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")));
    }
    run_until(io_, [&] { return echo_.left; });
    EXPECT_TRUE(echo_.left);
}

TEST_F(HttpServerTest, ASilentConnectionGivesWayTheLongestSilentFirst) {
    std::vector<tcp::socket> held;
    for (int i = 0; i < 2; ++i) {
        held.emplace_back(io_);
        held.back().connect({asio::ip::address_v4::loopback(), port_});
        run_until(io_, [&] { return server_.connections() == held.size(); });
    }
    asio::write(held[0], asio::buffer(std::string("GET /a HTTP/1.1\r\nHost:")));  // half a request
    const std::string request = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    EXPECT_TRUE(ask(request).ends_with("/a")) << "whoever says something is answered";
    EXPECT_EQ(server_.counts().turned_away, 1U);
    std::array<char, 1> byte{};
    boost::system::error_code ec;
    held[0].read_some(asio::buffer(byte), ec);
    EXPECT_TRUE(ec) << "the older one is closed";
    asio::write(held[1], asio::buffer(request));
    run_until(io_, [&] { return held[1].available() > 0; });
    EXPECT_GT(held[1].available(), 0U) << "the younger one is not";
}

TEST_F(HttpServerTest, HasRoomForSoManyThatAreAnsweredAndNoMore) {
    std::vector<tcp::socket> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back(io_);
        readers.back().connect({asio::ip::address_v4::loopback(), port_});
        asio::write(readers.back(), asio::buffer(std::string("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")));
    }
    run_until(io_, [&] { return echo_.asked == 2; });
    EXPECT_EQ(ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), "");
    EXPECT_EQ(server_.counts().turned_away, 1U);
    readers.clear();
    run_until(io_, [&] { return server_.connections() == 0; });
    EXPECT_NE(ask("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"), "");
}

TEST(ListenTcp, RefusesWhatIsNoAddressOrTaken) {
    EXPECT_FALSE(listen_tcp("localhost"));
    const Fd taken = listen_tcp("127.0.0.1:0").value();
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(taken.get(), reinterpret_cast<sockaddr*>(&name), &size);
    EXPECT_EQ(listen_tcp("127.0.0.1:" + std::to_string(ntohs(name.sin_port))).error(),
              boost::system::errc::address_in_use);
}

}  // namespace
}  // namespace enrichd::test::http_server_test

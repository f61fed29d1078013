#include "fakes/fake_proxy.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <mutex>
#include <thread>

#include "base/task.hpp"

namespace enrichd::fakes {

using asio::ip::tcp;

namespace {

using Socket = std::shared_ptr<tcp::socket>;

task<void> relay(Socket from, Socket to) {
    std::array<char, 16 * 1024> bytes{};
    for (;;) {
        auto [ec, size] = co_await from->async_read_some(asio::buffer(bytes), nothrow);
        if (ec) break;
        auto [failed, written] = co_await asio::async_write(*to, asio::buffer(bytes.data(), size), nothrow);
        if (failed) break;
    }
    boost::system::error_code ignored;
    from->close(ignored);
    to->close(ignored);
}

}  // namespace

struct FakeProxy::Loop {
    std::string authorization;
    mutable std::mutex guard;
    std::vector<std::string> requests;
    asio::io_context io;
    tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
    std::thread thread;

    explicit Loop(std::string wanted) : authorization(std::move(wanted)) {
        asio::co_spawn(io, accept(), asio::detached);
        thread = std::thread([this] { io.run(); });
    }
    ~Loop() {
        io.stop();
        thread.join();
    }

    task<void> accept() {
        for (;;) {
            auto client = std::make_shared<tcp::socket>(io);
            auto [ec] = co_await acceptor.async_accept(*client, nothrow);
            if (ec) co_return;
            asio::co_spawn(io, session(std::move(client)), asio::detached);
        }
    }

    task<void> session(Socket client) {
        std::string head;
        auto [ec, size] =
            co_await asio::async_read_until(*client, asio::dynamic_buffer(head), "\r\n\r\n", nothrow);
        if (ec) co_return;
        const std::string line = head.substr(0, head.find("\r\n"));
        {
            const std::lock_guard lock(guard);
            requests.push_back(line);
        }
        std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n";
        auto server = std::make_shared<tcp::socket>(io);
        if (!authorization.empty() &&
            head.find("Proxy-Authorization: " + authorization + "\r\n") == std::string::npos)
            answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
        else if (!connect(*server, line))
            answer = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
        auto [failed, written] = co_await asio::async_write(*client, asio::buffer(answer), nothrow);
        if (failed || !server->is_open()) co_return;
        asio::co_spawn(io, relay(client, server), asio::detached);
        asio::co_spawn(io, relay(server, client), asio::detached);
    }

    /// To the port on this host, whatever host is named.
    static bool connect(tcp::socket& server, const std::string& line) {
        const std::size_t colon = line.find(':');
        if (!line.starts_with("CONNECT ") || colon == std::string::npos) return false;
        const auto port = static_cast<std::uint16_t>(std::stoi(line.substr(colon + 1)));
        boost::system::error_code ec;
        server.connect({asio::ip::address_v4::loopback(), port}, ec);
        if (ec) server.close();
        return !ec;
    }
};

FakeProxy::FakeProxy(std::string authorization) : loop_(std::make_unique<Loop>(std::move(authorization))) {}
FakeProxy::~FakeProxy() = default;

std::uint16_t FakeProxy::port() const {
    return loop_->acceptor.local_endpoint().port();
}

std::vector<std::string> FakeProxy::requests() const {
    const std::lock_guard lock(loop_->guard);
    return loop_->requests;
}

}  // namespace enrichd::fakes

#include "fakes/http_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <zlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <ctime>
#include <mutex>
#include <thread>

#include "base/task.hpp"

namespace enrichd::fakes {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

struct HttpServer::Loop {
    Handler handler;
    TlsContext tls;
    mutable std::mutex guard;  // of the next two
    std::chrono::milliseconds idle{2500};
    Connections connections;

    asio::io_context io;
    tcp::acceptor acceptor{io};
    std::thread thread;

    Loop(Handler with, std::uint16_t port, TlsContext context)
        : handler(std::move(with)), tls(std::move(context)) {
        const tcp::endpoint at(asio::ip::address_v4::loopback(), port);
        acceptor.open(at.protocol());
        keep_from_children(acceptor.native_handle());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(at);
        acceptor.listen();
        asio::co_spawn(io, accept(), asio::detached);
        thread = std::thread([this] { io.run(); });
    }
    ~Loop() {
        io.stop();
        thread.join();
        // A program that is just being started still has a copy; the port is free all the same.
        ::shutdown(acceptor.native_handle(), SHUT_RDWR);
    }

    /// A program that a test starts must not hold our sockets open.
    static void keep_from_children(int fd) { ::fcntl(fd, F_SETFD, FD_CLOEXEC); }

    task<void> accept() {
        for (;;) {
            auto [ec, socket] = co_await acceptor.async_accept(nothrow);
            if (ec) co_return;
            keep_from_children(socket.native_handle());
            asio::co_spawn(io, session(std::move(socket)), asio::detached);
        }
    }

    task<void> session(tcp::socket socket) {
        beast::tcp_stream stream(std::move(socket));
        count(1, false);
        if (tls)
            co_await secure(stream);
        else
            co_await serve(stream, stream);
        count(-1, false);
    }

    task<void> secure(beast::tcp_stream& stream) {
        asio::ssl::stream<beast::tcp_stream&> secured(stream, *tls);
        auto [ec] = co_await secured.async_handshake(asio::ssl::stream_base::server, nothrow);
        if (ec) co_return;
        if (SSL_session_reused(secured.native_handle()) == 1) count(0, true);
        co_await serve(secured, stream);
    }

    void count(int change, bool resumed) {
        const std::lock_guard lock(guard);
        if (change > 0) ++connections.all;
        if (resumed) ++connections.tls_resumed;
        connections.open = static_cast<std::uint64_t>(static_cast<std::int64_t>(connections.open) + change);
        connections.most_open = std::max(connections.most_open, connections.open);
    }

    void count_answer() {
        const std::lock_guard lock(guard);
        ++connections.answers;
    }

    std::chrono::milliseconds idle_limit() const {
        const std::lock_guard lock(guard);
        return idle;
    }

    template <class Stream>
    task<void> serve(Stream& stream, beast::tcp_stream& tcp_layer) {
        beast::flat_buffer buffer;
        for (unsigned ordinal = 0;; ++ordinal) {
            http::request_parser<http::string_body> parser;
            tcp_layer.expires_after(idle_limit());
            auto [ec, size] = co_await http::async_read(stream, buffer, parser, nothrow);
            if (ec) co_return;
            tcp_layer.expires_never();
            Request request{std::string(parser.get().target()), {}, ordinal};
            request.method = parser.get().method_string();
            request.body = parser.get().body();
            for (const auto& field : parser.get()) {
                std::string name(field.name_string());
                std::transform(name.begin(), name.end(), name.begin(),
                               [](char c) { return char(std::tolower(c)); });
                request.headers[name] = std::string(field.value());
            }
            const Reply reply = handler(request);
            const bool keep = co_await write(stream, reply);
            if (!reply.silent) count_answer();
            if (reply.reset) {
                tcp_layer.socket().set_option(asio::socket_base::linger(true, 0));
                tcp_layer.socket().close();
            }
            if (!keep) co_return;
        }
    }

    template <class Stream>
    task<bool> write(Stream& stream, const Reply& reply) {
        asio::steady_timer pause(io, reply.silent ? std::chrono::milliseconds(1h) : reply.delay);
        co_await pause.async_wait(nothrow);
        const bool slowly = reply.each_byte > 0ms;
        const std::size_t step = slowly ? 1 : std::max<std::size_t>(reply.bytes.size(), 1);
        for (std::size_t at = 0; at < reply.bytes.size(); at += step) {
            const auto part = asio::buffer(reply.bytes.data() + at, std::min(step, reply.bytes.size() - at));
            auto [ec, size] = co_await asio::async_write(stream, part, nothrow);
            if (ec) co_return false;
            if (!slowly) continue;
            pause.expires_after(reply.each_byte);
            co_await pause.async_wait(nothrow);
        }
        while (!reply.for_ever.empty()) {
            auto [ec, size] = co_await asio::async_write(stream, asio::buffer(reply.for_ever), nothrow);
            if (ec) co_return false;
        }
        co_return reply.keep;
    }
};

HttpServer::HttpServer(Handler handler, std::uint16_t port, TlsContext tls)
    : loop_(std::make_unique<Loop>(std::move(handler), port, std::move(tls))) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
    return loop_->acceptor.local_endpoint().port();
}

void HttpServer::close_idle_after(std::chrono::milliseconds idle) {
    const std::lock_guard lock(loop_->guard);
    loop_->idle = idle;
}

Connections HttpServer::connections() const {
    const std::lock_guard lock(loop_->guard);
    return loop_->connections;
}

Reply answer(unsigned status, const std::string& type, const std::string& body,
             const std::string& more_headers) {
    std::string bytes = "HTTP/1.1 " + std::to_string(status) + " " +
                        std::string(http::obsolete_reason(http::int_to_status(status))) + "\r\n";
    bytes += "Server: gunicorn\r\nDate: " + http_date(std::time(nullptr)) + "\r\n";
    if (!type.empty()) bytes += "Content-Type: " + type + "\r\n";
    bytes += more_headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    return {std::move(bytes)};
}

std::string gzipped(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string http_date(std::time_t time) {
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[64];
    const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text, size};
}

}  // namespace enrichd::fakes

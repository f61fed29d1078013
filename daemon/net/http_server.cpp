#include "net/http_server.hpp"

#include <sys/socket.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/scoped_count.hpp"
#include "base/units.hpp"
#include "net/address.hpp"

namespace enrichd {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response to_beast(HttpReply reply, const Request& request, const HttpServerOptions& options) {
    Response response(http::int_to_status(reply.status), request.version());
    response.set(http::field::server, "enrichd");
    response.set(http::field::date, to_http_date(wall_seconds(WallClock::now())));
    response.set(http::field::content_type, reply.content_type);
    if (options.private_pages) response.set(http::field::cache_control, "no-store");
    if (options.private_pages) response.set("X-Content-Type-Options", "nosniff");
    if (options.private_pages) response.set("Cross-Origin-Resource-Policy", "same-origin");
    if (!reply.content_policy.empty()) response.set("Content-Security-Policy", reply.content_policy);
    if (!reply.content_policy.empty()) response.set("Referrer-Policy", "no-referrer");
    if (reply.status == 405) response.set(http::field::allow, "GET, HEAD");
    response.keep_alive(options.keep_connections && request.keep_alive());
    response.body() = std::move(reply.body);
    response.prepare_payload();
    if (request.method() == http::verb::head) response.body().clear();
    return response;
}

/// Nothing that could be answered came: the peer left, or said nothing.
bool gone(const boost::system::error_code& ec) {
    return ec == http::error::end_of_stream || ec == http::error::partial_message ||
           ec.category() != http::make_error_code(http::error::end_of_stream).category();
}

bool left(beast::tcp_stream& stream) {
    char byte = 0;
    const ssize_t got = ::recv(stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN);
}

}  // namespace

result<Fd> listen_tcp(const std::string& address) {
    const auto parsed = parse_address(address);
    if (!parsed) return parsed.error();
    asio::io_context unused;
    tcp::acceptor acceptor(unused);
    boost::system::error_code ec;
    acceptor.open(parsed->protocol(), ec);
    if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(*parsed, ec);
    if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
    if (ec) return ec;
    return Fd(acceptor.release());
}

task<void> HttpServer::listen(Fd socket) {
    sockaddr_storage name{};
    socklen_t size = sizeof name;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
    tcp::acceptor acceptor(io_, name.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), socket.release());
    open_ = &acceptor;
    for (;;) {
        auto [failure, peer] = co_await acceptor.async_accept(nothrow);
        if (failure == asio::error::operation_aborted || !acceptor.is_open()) break;
        if (failure) {
            log::warning("a server cannot accept a connection",
                         {{"server", options_.name}, {"detail", failure.message()}});
            const bool slept = co_await sleep_until(Clock::now() + std::chrono::seconds(1));
            if (!slept) break;
        } else if (connections_ < options_.max_connections || make_room()) {
            sessions_.spawn(options_.name, session(Fd(peer.release())));
        } else {
            ++counts_.turned_away;
        }
    }
    if (open_ == &acceptor) open_ = nullptr;
}

void HttpServer::close() {
    boost::system::error_code ignored;
    if (open_) open_->close(ignored);
    open_ = nullptr;
}

/// Whoever connects and says nothing must not keep others out. False when all are being answered.
bool HttpServer::make_room() {
    if (silent_.empty()) return false;
    boost::system::error_code ignored;
    silent_.front()->close(ignored);
    silent_.erase(silent_.begin());
    ++counts_.turned_away;
    return true;
}

task<void> HttpServer::session(Fd socket) {
    // A cancellation ends a wait for a request; an answer that is being made is still sent.
    co_await asio::this_coro::throw_if_cancelled(false);
    const ScopedCount count(connections_);
    beast::tcp_stream stream(tcp::socket(io_, tcp::v4(), socket.release()));
    boost::system::error_code ignored;
    stream.socket().set_option(tcp::no_delay(true), ignored);
    beast::flat_buffer buffer;
    for (bool keep = true; keep;) {
        auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return;
        http::request_parser<http::empty_body> parser;
        parser.header_limit(options_.max_header);
        stream.expires_after(options_.patience);
        silent_.push_back(&stream.socket());
        auto [read_error, read] = co_await http::async_read_header(stream, buffer, parser, nothrow);
        std::erase(silent_, &stream.socket());
        if (read_error && gone(read_error)) co_return;
        ++counts_.requests;
        const Request& request = parser.get();
        const bool head = request.method() == http::verb::head;
        // What has a body is not read: the next request could not be found.
        const bool bad = read_error || !parser.is_done();
        HttpReply reply;
        if (!bad && (head || request.method() == http::verb::get)) {
            stream.expires_never();
            HttpQuestion question{std::string(request.target()), [&stream] { return left(stream); },
                                  std::string(request[http::field::authorization])};
            reply = co_await service_.answer(std::move(question));
        } else {
            reply.status = read_error ? 400 : 405;
            reply.body = read_error ? "bad request\n" : "only GET and HEAD\n";
        }
        if (bad) ++counts_.bad_requests;
        auto response = to_beast(std::move(reply), request, options_);
        if (bad) response.keep_alive(false);
        keep = response.keep_alive();
        stream.expires_after(options_.patience);
        auto [write_error, written] = co_await http::async_write(stream, response, nothrow);
        if (write_error) {
            log::debug("an answer could not be sent",
                       {{"server", options_.name}, {"detail", write_error.message()}});
            co_return;
        }
    }
    // Closing with what the peer still sends unread would take the answer away from it.
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace enrichd

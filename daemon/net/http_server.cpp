#include "net/http_server.hpp"

#include <sys/socket.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/scoped_count.hpp"
#include "base/units.hpp"
#include "net/address.hpp"
#include "net/basic_auth.hpp"
#include "net/server_tls.hpp"

namespace enrichd {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

/// While a peer lets us wait, its connection may have to give way to another.
class Silent {
  public:
    Silent(std::vector<tcp::socket*>& all, tcp::socket& socket) : all_(all), socket_(socket) {
        all_.push_back(&socket_);
    }
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    ~Silent() { std::erase(all_, &socket_); }

  private:
    std::vector<tcp::socket*>& all_;
    tcp::socket& socket_;
};

/// Between two attempts to read a certificate that was changed.
constexpr auto renewal_pause = std::chrono::seconds(1);

constexpr const char* only_get = "only GET and HEAD\n";

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
    if (reply.status == 401) response.set(http::field::www_authenticate, "Basic realm=\"enrichd\"");
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

/// A certificate that cannot be used leaves the old one in use.
void HttpServer::renew_certificate() {
    const Clock::time_point now = Clock::now();
    if (!access_.tls || now < next_renewal_) return;
    next_renewal_ = now + renewal_pause;
    if (!access_.tls->outdated()) return;
    if (auto renewed = access_.tls->renewed()) {
        access_.tls = *std::move(renewed);
        log::info("a server's certificate was renewed", {{"server", options_.name}});
    } else if (bad_renewals_.allows(now)) {
        log::warning("a server's renewed certificate cannot be used; the old one stays",
                     {{"server", options_.name},
                      {"detail", access_.tls->why_not(renewed.error())},
                      {"kept_back", bad_renewals_.kept_back()}});
    }
}

/// One connection.
class HttpServer::Session {
  public:
    Session(HttpServer& server, Fd socket)
        : server_(server), tcp_(tcp::socket(server.io_, tcp::v4(), socket.release())) {
        boost::system::error_code ignored;
        tcp_.socket().set_option(tcp::no_delay(true), ignored);
    }

    task<void> serve_plain() {
        co_await serve(tcp_);
        // Closing with what the peer still sends unread would take the answer away from it.
        boost::system::error_code ignored;
        tcp_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    /// `tls` outlives the connection.
    task<void> serve_tls(std::shared_ptr<ServerTls> tls) {
        asio::ssl::stream<beast::tcp_stream&> stream(tcp_, tls->context());
        const bool ready = co_await shake_hands(stream);
        if (!ready) co_return;
        co_await serve(stream);
        const bool ended = co_await cancelled();
        if (ended || !tcp_.socket().is_open()) co_return;
        const Silent silent(server_.silent_, tcp_.socket());
        tcp_.expires_after(server_.options_.patience);
        [[maybe_unused]] auto [close_notify] = co_await stream.async_shutdown(nothrow);
    }

  private:
    static task<bool> cancelled() {
        auto state = co_await asio::this_coro::cancellation_state;
        co_return state.cancelled() != asio::cancellation_type::none;
    }

    task<bool> shake_hands(asio::ssl::stream<beast::tcp_stream&>& stream) {
        const bool ended = co_await cancelled();
        if (ended) co_return false;
        const Silent silent(server_.silent_, tcp_.socket());
        tcp_.expires_after(server_.options_.patience);
        auto [failure] = co_await stream.async_handshake(asio::ssl::stream_base::server, nothrow);
        if (!failure) co_return true;
        // Who only connects and leaves is no request.
        if (failure.category() == asio::error::get_ssl_category()) {
            ++server_.counts_.requests;
            ++server_.counts_.bad_requests;
            log::debug("a handshake of TLS failed",
                       {{"server", server_.options_.name}, {"detail", failure.message()}});
        }
        co_return false;
    }

    template <class Stream>
    task<void> serve(Stream& stream) {
        beast::flat_buffer buffer;
        for (bool keep = true; keep;) {
            const bool ended = co_await cancelled();
            if (ended) co_return;
            keep = co_await serve_one(stream, buffer);
        }
    }

    /// Whether another request may follow.
    template <class Stream>
    task<bool> serve_one(Stream& stream, beast::flat_buffer& buffer) {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(server_.options_.max_header);
        tcp_.expires_after(server_.options_.patience);
        std::optional<Silent> silent(std::in_place, server_.silent_, tcp_.socket());
        auto [read_error, read] = co_await http::async_read_header(stream, buffer, parser, nothrow);
        silent.reset();
        if (read_error && gone(read_error)) co_return false;
        ++server_.counts_.requests;
        const Request& request = parser.get();
        // What has a body is not read: the next request could not be found.
        const bool bad = read_error || !parser.is_done();
        std::optional<HttpReply> refused;
        if (!bad) refused = refusal_of(request);
        HttpReply reply;
        if (bad) {
            ++server_.counts_.bad_requests;
            reply.status = read_error ? 400 : 405;
            reply.body = read_error ? "bad request\n" : only_get;
        } else if (refused) {
            reply = *std::move(refused);
        } else {
            tcp_.expires_never();
            HttpQuestion question{std::string(request.target()), [this] { return left(tcp_); }};
            // A password that was asked for here is no business of the service.
            if (server_.access_.authorization.empty())
                question.authorization = request[http::field::authorization];
            reply = co_await server_.service_.answer(std::move(question));
        }
        auto response = to_beast(std::move(reply), request, server_.options_);
        if (bad) response.keep_alive(false);
        tcp_.expires_after(server_.options_.patience);
        auto [write_error, written] = co_await http::async_write(stream, response, nothrow);
        if (write_error)
            log::debug("an answer could not be sent",
                       {{"server", server_.options_.name}, {"detail", write_error.message()}});
        co_return !write_error && response.keep_alive();
    }

    std::optional<HttpReply> refusal_of(const Request& request) {
        HttpReply reply;
        reply.body = only_get;
        reply.status = 405;
        if (request.method() != http::verb::get && request.method() != http::verb::head) return reply;
        reply.body = "a password is needed\n";
        reply.status = 401;
        if (!authorized(request)) return reply;
        return std::nullopt;
    }

    bool authorized(const Request& request) {
        const Secret& wanted = server_.access_.authorization;
        const std::string_view given = request[http::field::authorization];
        if (wanted.empty() || is_basic_auth(given, wanted)) return true;
        ++server_.counts_.without_password;
        // A browser asks without one first.
        if (!given.empty() && server_.wrong_passwords_.allows(Clock::now())) {
            boost::system::error_code ec;
            const tcp::endpoint peer = tcp_.socket().remote_endpoint(ec);
            log::warning("a request had a wrong password",
                         {{"server", server_.options_.name},
                          {"from", ec ? std::string("?") : peer.address().to_string()},
                          {"kept_back", server_.wrong_passwords_.kept_back()}});
        }
        return false;
    }

    HttpServer& server_;
    beast::tcp_stream tcp_;
};

task<void> HttpServer::session(Fd socket) {
    // A cancellation ends a wait for a request; an answer that is being made is still sent.
    co_await asio::this_coro::throw_if_cancelled(false);
    const ScopedCount count(connections_);
    renew_certificate();
    const std::shared_ptr<ServerTls> tls = access_.tls;  // outlives the connection
    Session one(*this, std::move(socket));
    if (tls)
        co_await one.serve_tls(tls);
    else
        co_await one.serve_plain();
}

}  // namespace enrichd

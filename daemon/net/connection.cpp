#include "net/connection.hpp"

#include <sys/socket.h>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "net/basic_auth.hpp"
#include "net/gzip.hpp"
#include "net/tls.hpp"

namespace enrichd {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using Outgoing = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;

constexpr auto connect_time = std::chrono::seconds(3);

/// Beast's streams know the machine's clock alone.
std::chrono::steady_clock::time_point machine_time(Clock::time_point time) {
    return std::chrono::steady_clock::time_point(time.time_since_epoch());
}

constexpr std::uint32_t max_proxy_header = 8 * 1024;
// Of an answer that is not parsed yet. Beast bounds header and body, not a chunk's extension and the trailer.
constexpr std::size_t max_unparsed = 64 * 1024;
constexpr const char* user_agent = "enrichd";

error connect_error(const boost::system::error_code& ec) {
    if (ec == beast::error::timeout) return errc::deadline;
    if (ec == asio::error::operation_aborted) return errc::cancelled;
    if (ec == asio::error::connection_refused) return errc::refused;
    return errc::unreachable;
}

/// What ended the talk with a proxy: it is to blame unless we gave up.
error proxy_error(const boost::system::error_code& ec) {
    if (ec == asio::error::operation_aborted) return errc::cancelled;
    if (ec == beast::error::timeout) return errc::deadline;
    return errc::proxy_refused;
}

error transfer_error(const boost::system::error_code& ec) {
    if (ec == beast::error::timeout) return errc::deadline;
    if (ec == asio::error::operation_aborted) return errc::cancelled;
    return errc::cut;
}

error exchange_error(const boost::system::error_code& ec) {
    if (ec == beast::error::timeout) return errc::deadline;
    if (ec == asio::error::operation_aborted) return errc::cancelled;
    if (ec == http::error::header_limit) return errc::header_too_large;
    if (ec == http::error::body_limit || ec == http::error::buffer_overflow) return errc::body_too_large;
    if (ec == http::error::end_of_stream || ec == http::error::partial_message) return errc::cut;
    if (ec.category() == http::make_error_code(http::error::end_of_stream).category()) return errc::not_http;
    return errc::cut;
}

Outgoing to_beast(const HttpRequest& request, const Upstream& upstream) {
    Outgoing out(http::string_to_verb(request.call.method), request.call.target, 11);
    out.set(http::field::host, host_header(upstream));
    out.set(http::field::user_agent, user_agent);
    out.set(http::field::accept, request.accept);
    if (request.gzip) out.set(http::field::accept_encoding, "gzip");
    for (const HttpHeader& header : request.headers) out.set(header.name, header.value.reveal());
    for (const auto& [name, value] : request.call.headers) out.set(name, value);
    if (!request.call.content_type.empty()) {
        out.set(http::field::content_type, request.call.content_type);
        out.body() = request.call.body;
        out.prepare_payload();
    }
    return out;
}

result<HttpResponse> to_response(Parser::value_type& message, const HttpRequest& request) {
    HttpResponse response;
    response.status = message.result_int();
    response.content_type = message[http::field::content_type];
    response.date = message[http::field::date];
    response.retry_after = message[http::field::retry_after];
    response.location = message[http::field::location];
    response.etag = message[http::field::etag];
    response.last_modified = message[http::field::last_modified];
    if (!request.call.wanted_header.empty()) response.wanted = message[request.call.wanted_header];
    const auto encoding = message[http::field::content_encoding];
    if (encoding.empty() || beast::iequals(encoding, "identity")) {
        response.body = std::move(message.body());
        return response;
    }
    if (!beast::iequals(encoding, "gzip")) return errc::body_encoding;
    if (request.call.packed) {
        response.packed = true;
        response.body = std::move(message.body());
        return response;
    }
    auto body = gunzip(message.body(), request.max_body);
    if (!body) return body.error();
    response.body = *std::move(body);
    return response;
}

/// An answer whose status says all that is needed, if its body does not.
bool told_by_status(const error& failure) {
    return failure == errc::body_encoding || failure == errc::body_unframed ||
           failure == errc::body_too_large || failure == errc::cut;
}

/// 100 Continue, 103 Early Hints: the answer is still to come (RFC 9110 15.2). 101 ends the talk of HTTP.
bool interim(unsigned status) {
    return status / 100 == 1 && status != 101;
}

/// An answer may be announced by a few others.
constexpr int max_interim = 8;

/// True in `began` when the first bytes of the answer came.
template <class Stream>
task<error> write_and_read(Stream& stream, beast::flat_buffer& buffer, const Outgoing& request,
                           const HttpRequest& limits, std::optional<Parser>& parser, bool& began) {
    auto [write_error, written] = co_await http::async_write(stream, request, nothrow);
    if (write_error) co_return exchange_error(write_error);
    for (int left = max_interim; left >= 0; --left) {
        parser.emplace();
        parser->header_limit(limits.max_header);
        parser->body_limit(limits.max_body);
        auto [read_error, read] = co_await http::async_read(stream, buffer, *parser, nothrow);
        began = began || parser->got_some();
        if (read_error) co_return exchange_error(read_error);
        if (!interim(parser->get().result_int())) co_return error();
    }
    co_return errc::not_http;
}

/// Over TCP.
class TcpConnection final : public Connection {
  public:
    TcpConnection(asio::io_context& io, std::shared_ptr<const Route> way)
        : Connection(std::move(way)), tcp_(io), buffer_(max_unparsed) {}

    task<error> connect(Endpoints endpoints, Clock::time_point limit);
    void expires_at(Clock::time_point limit) { tcp_.expires_at(machine_time(limit)); }
    task<error> pass_proxy();
    task<error> shake_hands();

    task<result<HttpResponse>> exchange(const HttpRequest& request, Clock::time_point limit) override;
    task<error> write(std::string_view bytes, Clock::time_point limit) override;
    task<result<std::size_t>> read_some(std::span<char> into, Clock::time_point limit) override;
    bool stale() override;
    void rest() override { tcp_.expires_never(); }

  private:
    beast::tcp_stream tcp_;
    std::optional<asio::ssl::stream<beast::tcp_stream&>> tls_;  // over tcp_
    beast::flat_buffer buffer_;
};

task<error> TcpConnection::connect(Endpoints endpoints, Clock::time_point limit) {
    error failure = errc::unreachable;
    for (const asio::ip::tcp::endpoint& endpoint : endpoints) {
        tcp_.expires_at(machine_time(std::min(limit, Clock::now() + connect_time)));
        auto [ec] = co_await tcp_.async_connect(endpoint, nothrow);
        if (!ec) {
            boost::system::error_code ignored;
            tcp_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
            co_return error();
        }
        failure = connect_error(ec);
        tcp_.close();
        if (failure == errc::cancelled || Clock::now() >= limit) break;
    }
    co_return failure;
}

/// Asks the proxy for a way to the server.
task<error> TcpConnection::pass_proxy() {
    const Upstream& upstream = route->upstream;
    const std::string target = authority(upstream.host, upstream.port);
    Outgoing request(http::verb::connect, target, 11);
    request.set(http::field::host, target);
    request.set(http::field::user_agent, user_agent);
    if (const Secret& credentials = upstream.proxy.credentials; !credentials.empty())
        request.set(http::field::proxy_authorization, basic_auth(credentials.reveal()).reveal());
    auto [write_error, written] = co_await http::async_write(tcp_, request, nothrow);
    if (write_error) co_return proxy_error(write_error);

    unsigned status = 0;
    for (int left = max_interim; left >= 0; --left) {
        http::response_parser<http::empty_body> parser;
        parser.header_limit(max_proxy_header);
        parser.skip(true);  // what follows the header is the server's
        auto [read_error, read] = co_await http::async_read_header(tcp_, buffer_, parser, nothrow);
        if (read_error) co_return proxy_error(read_error);
        status = parser.get().result_int();
        if (!interim(status)) break;
    }
    if (status == 407) co_return errc::proxy_auth;
    // The server speaks after us: bytes that are there already are nobody's.
    if (status / 100 != 2 || buffer_.size() > 0) co_return errc::proxy_refused;
    co_return error();
}

task<error> TcpConnection::shake_hands() {
    auto& tls = tls_.emplace(tcp_, route->tls->context());
    if (!route->tls->prepare(tls.native_handle())) co_return errc::tls_failed;
    auto [ec] = co_await tls.async_handshake(asio::ssl::stream_base::client, nothrow);
    if (!ec) {
        resumed = SSL_session_reused(tls.native_handle()) == 1;
        co_return error();
    }
    if (ec == beast::error::timeout) co_return errc::deadline;
    if (ec == asio::error::operation_aborted) co_return errc::cancelled;
    const bool left = ec == asio::ssl::error::stream_truncated || ec == asio::error::eof;
    if (left || ec.category() == asio::error::get_system_category()) co_return errc::cut;
    co_return Tls::failure_of(tls.native_handle());
}

task<result<HttpResponse>> TcpConnection::exchange(const HttpRequest& request, Clock::time_point limit) {
    const Outgoing message = to_beast(request, route->upstream);
    std::optional<Parser> parser;
    tcp_.expires_at(machine_time(limit));
    answer_began = false;
    error failure;
    if (tls_)
        failure = co_await write_and_read(*tls_, buffer_, message, request, parser, answer_began);
    else
        failure = co_await write_and_read(tcp_, buffer_, message, request, parser, answer_began);
    if (!parser) co_return failure;
    if (!failure && parser->need_eof()) failure = errc::body_unframed;  // whole or cut: nobody can tell

    reusable = !failure && parser->keep_alive() && buffer_.size() == 0;
    used = used || !failure;
    result<HttpResponse> response = failure;
    if (!failure) response = to_response(parser->get(), request);
    const bool other_status = parser->is_header_done() && parser->get().result() != http::status::ok;
    if (!response && other_status && told_by_status(response.error())) {
        parser->get().body().clear();
        parser->get().erase(http::field::content_encoding);
        response = to_response(parser->get(), request);
    }
    co_return response;
}

task<error> TcpConnection::write(std::string_view bytes, Clock::time_point limit) {
    tcp_.expires_at(machine_time(limit));
    boost::system::error_code ec;
    std::size_t written = 0;
    if (tls_)
        std::tie(ec, written) = co_await asio::async_write(*tls_, asio::buffer(bytes), nothrow);
    else
        std::tie(ec, written) = co_await asio::async_write(tcp_, asio::buffer(bytes), nothrow);
    if (ec) co_return transfer_error(ec);
    co_return error();
}

task<result<std::size_t>> TcpConnection::read_some(std::span<char> into, Clock::time_point limit) {
    tcp_.expires_at(machine_time(limit));
    boost::system::error_code ec;
    std::size_t size = 0;
    const asio::mutable_buffer buffer(into.data(), into.size());
    if (tls_)
        std::tie(ec, size) = co_await tls_->async_read_some(buffer, nothrow);
    else
        std::tie(ec, size) = co_await tcp_.async_read_some(buffer, nothrow);
    if (ec) co_return transfer_error(ec);
    co_return size;
}

bool TcpConnection::stale() {
    char byte = 0;
    return ::recv(tcp_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != -1 || errno != EAGAIN;
}

}  // namespace

SimulatedNetwork::SimulatedNetwork() {
    if (current_) throw std::logic_error("the network is simulated already");
    current_ = this;
}

SimulatedNetwork::~SimulatedNetwork() {
    current_ = nullptr;
}

task<result<std::unique_ptr<Connection>>> Connection::open(asio::io_context& io, Lookup& lookup,
                                                           std::shared_ptr<const Route> route,
                                                           Clock::time_point limit) {
    if (auto* simulated = SimulatedNetwork::current())
        co_return co_await simulated->open(std::move(route), limit);
    const Proxy& proxy = route->upstream.proxy;
    const bool proxied = !proxy.host.empty();
    const std::string& host = proxied ? proxy.host : route->upstream.host;
    const std::uint16_t port = proxied ? proxy.port : route->upstream.port;
    auto endpoints = co_await lookup.resolve(host, port, limit);
    if (!endpoints && proxied && endpoints.error() == errc::name_lookup) co_return errc::proxy_refused;
    if (!endpoints) co_return endpoints.error();

    auto connection = std::make_unique<TcpConnection>(io, route);
    error failure = co_await connection->connect(*std::move(endpoints), limit);
    if (proxied && (failure == errc::refused || failure == errc::unreachable)) failure = errc::proxy_refused;
    if (failure) co_return failure;
    connection->expires_at(limit);
    if (proxied) failure = co_await connection->pass_proxy();
    if (failure) co_return failure;
    if (route->tls) failure = co_await connection->shake_hands();
    if (failure) co_return failure;
    co_return std::move(connection);
}

}  // namespace enrichd

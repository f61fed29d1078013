#include "net/connection.hpp"

#include <openssl/evp.h>
#include <sys/socket.h>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace enrichd {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr auto connect_time = std::chrono::seconds(3);
constexpr std::uint32_t max_proxy_header = 8 * 1024;

error connect_error(const boost::system::error_code& ec) {
    if (ec == beast::error::timeout) return errc::deadline;
    if (ec == asio::error::operation_aborted) return errc::cancelled;
    if (ec == asio::error::connection_refused) return errc::refused;
    return errc::unreachable;
}

std::string base64(const std::string& text) {
    std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

task<error> connect(Connection& connection, Endpoints endpoints, Clock::time_point limit) {
    error failure = errc::unreachable;
    for (const asio::ip::tcp::endpoint& endpoint : endpoints) {
        connection.tcp.expires_at(std::min(limit, Clock::now() + connect_time));
        auto [ec] = co_await connection.tcp.async_connect(endpoint, nothrow);
        if (!ec) {
            boost::system::error_code ignored;
            connection.tcp.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
            co_return error();
        }
        failure = connect_error(ec);
        connection.tcp.close();
        if (failure == errc::cancelled || Clock::now() >= limit) break;
    }
    co_return failure;
}

/// Asks the proxy for a way to the server.
task<error> pass_proxy(Connection& connection, const Upstream& upstream) {
    const std::string target = authority(upstream.host, upstream.port);
    http::request<http::empty_body> request(http::verb::connect, target, 11);
    request.set(http::field::host, target);
    request.set(http::field::user_agent, "enrichd");
    if (const Secret& credentials = upstream.proxy.credentials; !credentials.empty())
        request.set(http::field::proxy_authorization, "Basic " + base64(credentials.reveal()));
    auto [write_error, written] = co_await http::async_write(connection.tcp, request, nothrow);
    if (write_error == asio::error::operation_aborted) co_return errc::cancelled;
    if (write_error == beast::error::timeout) co_return errc::deadline;
    if (write_error) co_return errc::proxy_refused;

    http::response_parser<http::empty_body> parser;
    parser.header_limit(max_proxy_header);
    parser.skip(true);  // what follows the header is the server's
    auto [read_error, read] =
        co_await http::async_read_header(connection.tcp, connection.buffer, parser, nothrow);
    if (read_error == asio::error::operation_aborted) co_return errc::cancelled;
    if (read_error == beast::error::timeout) co_return errc::deadline;
    if (read_error) co_return errc::proxy_refused;
    const unsigned status = parser.get().result_int();
    if (status == 407) co_return errc::proxy_auth;
    // The server speaks after us: bytes that are there already are nobody's.
    if (status / 100 != 2 || connection.buffer.size() > 0) co_return errc::proxy_refused;
    co_return error();
}

task<error> shake_hands(Connection& connection) {
    connection.tls.emplace(connection.tcp, connection.tls_of->context());
    SSL* const handle = connection.tls->native_handle();
    connection.tls_of->prepare(handle);
    auto [ec] = co_await connection.tls->async_handshake(asio::ssl::stream_base::client, nothrow);
    if (!ec) {
        connection.resumed = SSL_session_reused(handle) == 1;
        co_return error();
    }
    if (ec == beast::error::timeout) co_return errc::deadline;
    if (ec == asio::error::operation_aborted) co_return errc::cancelled;
    if (ec.category() == asio::error::get_system_category()) co_return errc::cut;
    co_return Tls::failure_of(handle);
}

}  // namespace

bool Connection::stale() {
    char byte = 0;
    return ::recv(tcp.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != -1 || errno != EAGAIN;
}

task<result<std::unique_ptr<Connection>>> open_connection(asio::io_context& io, Lookup& lookup,
                                                          const Upstream& upstream, std::shared_ptr<Tls> tls,
                                                          Clock::time_point limit) {
    // A copy: the options may change while we wait.
    const Upstream to = upstream;
    const bool proxied = !to.proxy.host.empty();
    const std::string host = proxied ? to.proxy.host : to.host;
    const std::uint16_t port = proxied ? to.proxy.port : to.port;
    auto endpoints = co_await lookup.resolve(host, port, limit);
    if (!endpoints && proxied && endpoints.error() != errc::cancelled) co_return errc::proxy_refused;
    if (!endpoints) co_return endpoints.error();

    auto connection = std::make_unique<Connection>(io, std::move(tls));
    error failure = co_await connect(*connection, *std::move(endpoints), limit);
    if (failure && proxied && failure != errc::cancelled) failure = errc::proxy_refused;
    if (failure) co_return failure;
    connection->tcp.expires_at(limit);
    if (proxied) failure = co_await pass_proxy(*connection, to);
    if (failure) co_return failure;
    if (connection->tls_of) failure = co_await shake_hands(*connection);
    if (failure) co_return failure;
    co_return std::move(connection);
}

}  // namespace enrichd

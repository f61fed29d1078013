#include "net/http_client.hpp"

#include <sys/socket.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <optional>

namespace enrichd {

namespace beast = boost::beast;
namespace http = beast::http;

struct HttpClient::Connection {
    explicit Connection(asio::io_context& io) : stream(io) {}

    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool used = false;          // an answer came over it before
    bool reusable = false;      // the last answer left it whole
    bool answer_began = false;  // of the call now in hand
    unsigned address = 0;       // which of the client's addresses it leads to
    Clock::time_point idle_since;
};

namespace {

/// An idle connection has nothing to say: readable means that the server has closed it, or is confused.
bool stale(beast::tcp_stream& stream) {
    char byte = 0;
    return ::recv(stream.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != -1 ||
           errno != EAGAIN;
}

error connect_error(const boost::system::error_code& ec) {
    if (ec == beast::error::timeout) return errc::deadline;
    if (ec == asio::error::operation_aborted) return errc::cancelled;
    if (ec == asio::error::connection_refused) return errc::refused;
    return errc::unreachable;
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

/// Of these the server has said nothing and, on a kept connection, has most likely seen nothing.
bool may_repeat(const error& failure) {
    return failure == errc::cut;
}

std::string host_header(const HttpClientOptions& options) {
    const bool ip6 = options.host.find(':') != std::string::npos;
    std::string host = ip6 ? "[" + options.host + "]" : options.host;
    return options.port == 80 ? host : host + ":" + std::to_string(options.port);
}

}  // namespace

HttpClient::HttpClient(asio::io_context& io, Lookup& lookup, HttpClientOptions options)
    : io_(io), lookup_(lookup), options_(std::move(options)), turns_(io, options_.connections), sweep_(io) {}

HttpClient::~HttpClient() = default;

void HttpClient::configure(HttpClientOptions options) {
    if (options.host != options_.host || options.port != options_.port) {
        ++address_;
        kept_.clear();
    }
    turns_.resize(options.connections);
    options_ = std::move(options);
}

task<result<HttpResponse>> HttpClient::get(std::string target, Asked& asked) {
    auto turn = co_await turns_.take();
    if (!turn) co_return turn.error();
    const Clock::time_point limit = Clock::now() + options_.timeout;

    for (bool may_reuse = true;; may_reuse = false) {
        std::unique_ptr<Connection> connection;
        if (may_reuse) connection = take_kept();
        if (!connection) {
            auto fresh = co_await connect(limit);
            if (!fresh) co_return fresh.error();
            connection = *std::move(fresh);
        }
        connection->stream.expires_at(limit);
        auto answer = co_await exchange(*connection, target, asked);
        if (answer) {
            if (connection->reusable) keep(std::move(connection));
            co_return std::move(answer);
        }
        const bool repeat = connection->used && !connection->answer_began && may_repeat(answer.error());
        if (!repeat) co_return answer.error();
        ++counts_.repeated;
    }
}

std::unique_ptr<HttpClient::Connection> HttpClient::take_kept() {
    const Clock::time_point oldest = Clock::now() - options_.idle;
    while (!kept_.empty()) {
        auto connection = std::move(kept_.back());
        kept_.pop_back();
        if (connection->idle_since <= oldest || stale(connection->stream)) continue;
        ++counts_.reused;
        return connection;
    }
    return nullptr;
}

task<result<std::unique_ptr<HttpClient::Connection>>> HttpClient::connect(Clock::time_point limit) {
    const unsigned address = address_;
    auto endpoints = co_await lookup_.resolve(options_.host, options_.port, limit);
    if (!endpoints) co_return endpoints.error();
    error failure = errc::unreachable;
    for (const asio::ip::tcp::endpoint& endpoint : *endpoints) {
        auto connection = std::make_unique<Connection>(io_);
        connection->address = address;
        connection->stream.expires_at(limit);
        auto [ec] = co_await connection->stream.async_connect(endpoint, nothrow);
        if (!ec) {
            boost::system::error_code ignored;
            connection->stream.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
            ++counts_.connects;
            co_return std::move(connection);
        }
        failure = connect_error(ec);
        if (failure == errc::deadline || failure == errc::cancelled) break;
    }
    co_return failure;
}

task<result<HttpResponse>> HttpClient::exchange(Connection& connection, const std::string& target,
                                                Asked& asked) {
    http::request<http::empty_body> request(http::verb::get, target, 11);
    request.set(http::field::host, host_header(options_));
    request.set(http::field::user_agent, "enrichd");
    request.set(http::field::accept, "application/json");

    connection.answer_began = false;
    if (!asked.first) asked.first = wall_seconds(WallClock::now());
    ++asked.times;
    auto [write_error, written] = co_await http::async_write(connection.stream, request, nothrow);
    if (write_error) co_return exchange_error(write_error);

    http::response_parser<http::string_body> parser;
    parser.header_limit(options_.max_header);
    parser.body_limit(options_.max_body);
    auto [read_error, read] =
        co_await http::async_read(connection.stream, connection.buffer, parser, nothrow);
    connection.answer_began = parser.got_some();
    if (read_error) co_return exchange_error(read_error);
    if (parser.need_eof()) co_return errc::body_unframed;  // whole or cut: nobody can tell

    connection.used = true;
    connection.reusable = parser.keep_alive() && connection.buffer.size() == 0;
    auto& message = parser.get();
    HttpResponse response;
    response.status = message.result_int();
    response.content_type = message[http::field::content_type];
    response.date = message[http::field::date];
    response.body = std::move(message.body());
    co_return response;
}

void HttpClient::keep(std::unique_ptr<Connection> connection) {
    if (connection->address != address_) return;
    connection->stream.expires_never();
    connection->idle_since = Clock::now();
    kept_.push_back(std::move(connection));
    if (kept_.size() == 1) drop_idle();
}

/// Closes what has been idle too long, and comes back when the next one will have been.
void HttpClient::drop_idle() {
    const Clock::time_point now = Clock::now();
    while (!kept_.empty() && kept_.front()->idle_since + options_.idle <= now) kept_.pop_front();
    if (kept_.empty()) return;
    sweep_.expires_at(kept_.front()->idle_since + options_.idle);
    sweep_.async_wait([this](const boost::system::error_code& ec) {
        if (!ec) drop_idle();
    });
}

}  // namespace enrichd

#include "net/http_client.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "net/gzip.hpp"

namespace enrichd {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using Request = http::request<http::empty_body>;
using Parser = http::response_parser<http::string_body>;

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

std::string host_header(const Upstream& upstream) {
    const bool usual = upstream.port == (upstream.tls ? 443 : 80);
    std::string host = authority(upstream.host, upstream.port);
    if (usual) host.resize(host.rfind(':'));
    return host;
}

Request request_for(const HttpClientOptions& options, const std::string& target) {
    Request request(http::verb::get, target, 11);
    request.set(http::field::host, host_header(options.upstream));
    request.set(http::field::user_agent, "enrichd");
    request.set(http::field::accept, "application/json");
    if (options.gzip) request.set(http::field::accept_encoding, "gzip");
    for (const HttpHeader& header : options.headers) request.set(header.name, header.value.reveal());
    return request;
}

template <class Stream>
task<error> write_and_read(Stream& stream, Connection& connection, const Request& request, Parser& parser) {
    auto [write_error, written] = co_await http::async_write(stream, request, nothrow);
    if (write_error) co_return exchange_error(write_error);
    auto [read_error, read] = co_await http::async_read(stream, connection.buffer, parser, nothrow);
    connection.answer_began = parser.got_some();
    if (read_error) co_return exchange_error(read_error);
    co_return error();
}

result<HttpResponse> to_response(Parser::value_type& message, std::size_t max_body) {
    HttpResponse response;
    response.status = message.result_int();
    response.content_type = message[http::field::content_type];
    response.date = message[http::field::date];
    response.retry_after = message[http::field::retry_after];
    const auto encoding = message[http::field::content_encoding];
    if (encoding.empty() || beast::iequals(encoding, "identity")) {
        response.body = std::move(message.body());
        return response;
    }
    if (!beast::iequals(encoding, "gzip")) return errc::body_encoding;
    auto body = gunzip(message.body(), max_body);
    if (!body) return body.error();
    response.body = *std::move(body);
    return response;
}

}  // namespace

HttpClient::HttpClient(asio::io_context& io, Lookup& lookup, HttpClientOptions options)
    : io_(io), lookup_(lookup), options_(std::move(options)), turns_(io, options_.connections), sweep_(io) {}

HttpClient::~HttpClient() = default;

void HttpClient::configure(HttpClientOptions options) {
    if (options.upstream != options_.upstream) {
        ++route_;
        kept_.clear();
        tls_.reset();
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
        connection->tcp.expires_at(limit);
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

std::unique_ptr<Connection> HttpClient::take_kept() {
    const Clock::time_point oldest = Clock::now() - options_.idle;
    while (!kept_.empty()) {
        auto connection = std::move(kept_.back());
        kept_.pop_back();
        if (connection->idle_since <= oldest || connection->stale()) continue;
        ++counts_.reused;
        return connection;
    }
    return nullptr;
}

error HttpClient::prepare_tls() {
    if (!options_.upstream.tls || tls_) return {};
    auto made = Tls::make(options_.upstream.host, options_.upstream.ca_file);
    if (!made) return made.error();
    tls_ = *std::move(made);
    return {};
}

task<result<std::unique_ptr<Connection>>> HttpClient::connect(Clock::time_point limit) {
    if (const error failure = prepare_tls()) co_return failure;
    const unsigned route = route_;
    auto opened = co_await open_connection(io_, lookup_, options_.upstream, tls_, limit);
    if (!opened) co_return opened.error();
    (*opened)->route = route;
    ++counts_.connects;
    if ((*opened)->resumed) ++counts_.resumed;
    co_return std::move(opened);
}

task<result<HttpResponse>> HttpClient::exchange(Connection& connection, const std::string& target,
                                                Asked& asked) {
    const Request request = request_for(options_, target);
    Parser parser;
    parser.header_limit(options_.max_header);
    parser.body_limit(options_.max_body);

    connection.answer_began = false;
    if (!asked.first) asked.first = wall_seconds(WallClock::now());
    ++asked.times;
    error failure;
    if (connection.tls)
        failure = co_await write_and_read(*connection.tls, connection, request, parser);
    else
        failure = co_await write_and_read(connection.tcp, connection, request, parser);
    if (failure) co_return failure;
    if (parser.need_eof()) co_return errc::body_unframed;  // whole or cut: nobody can tell

    connection.used = true;
    connection.reusable = parser.keep_alive() && connection.buffer.size() == 0;
    co_return to_response(parser.get(), options_.max_body);
}

void HttpClient::keep(std::unique_ptr<Connection> connection) {
    if (connection->route != route_) return;
    connection->tcp.expires_never();
    connection->idle_since = Clock::now();
    kept_.push_back(std::move(connection));
    if (kept_.size() == 1) drop_idle();
}

void HttpClient::close_idle() {
    kept_.clear();
    sweep_.cancel();
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

#include "net/http_client.hpp"

#include "net/upstream_url.hpp"

#include <utility>

#include "net/connection.hpp"
#include "net/tls.hpp"

namespace enrichd {
namespace {

/// The server has said nothing and, on a kept connection, has most likely seen nothing. What changes
/// something there is not sent twice all the same.
bool may_repeat(const HttpRequest& request, const error& failure) {
    return (request.call.method == "GET" || request.call.safe) && failure == errc::cut;
}

}  // namespace

HttpClientOptions http_options(const std::string& url, std::size_t connections,
                               std::chrono::milliseconds timeout) {
    const auto parsed = parse_upstream_url(url);
    HttpClientOptions options;
    options.upstream.host = parsed->host;
    options.upstream.port = parsed->port;
    options.upstream.tls = parsed->tls;
    options.connections = connections;
    options.timeout = timeout;
    return options;
}

HttpClient::HttpClient(asio::io_context& io, Lookup& lookup, HttpClientOptions options)
    : io_(io),
      lookup_(lookup),
      options_(std::move(options)),
      semaphore_(io, options_.connections),
      sweep_(io),
      route_(std::make_shared<Route>(Route{options_.upstream, nullptr})) {}

HttpClient::~HttpClient() = default;

void HttpClient::configure(HttpClientOptions options) {
    const bool renewed = route_->tls && route_->tls->outdated();
    if (renewed || options.upstream != options_.upstream) {
        kept_.clear();
        route_ = std::make_shared<Route>(Route{options.upstream, nullptr});
    }
    semaphore_.resize(options.connections);
    options_ = std::move(options);
}

task<result<HttpResponse>> HttpClient::call(HttpCall call) {
    auto permit = co_await semaphore_.take();
    if (!permit) co_return permit.error();
    const Clock::time_point limit = Clock::now() + options_.timeout;
    // What a reload changes is for the next call: a new server's key must not go to the old one.
    const BeforeSend before_send = std::move(call.before_send);
    const HttpRequest request{std::move(call), options_.headers,    options_.accept,
                              options_.gzip,   options_.max_header, options_.max_body};
    auto route = current_route();
    if (!route) co_return route.error();

    for (bool may_reuse = true;; may_reuse = false) {
        std::unique_ptr<Connection> connection;
        if (may_reuse) connection = take_kept();
        if (!connection) {
            auto fresh = co_await Connection::open(io_, lookup_, *route, limit);
            if (!fresh) co_return fresh.error();
            connection = *std::move(fresh);
            ++counts_.connects;
            if (connection->resumed) ++counts_.resumed;
        }
        const error forbidden = before_send ? before_send() : error();
        if (forbidden) {
            if (connection->used) keep(std::move(connection));
            co_return forbidden;
        }
        auto answer = co_await connection->exchange(request, limit);
        if (answer) {
            counts_.bytes += answer->body.size();
            if (connection->reusable) keep(std::move(connection));
            co_return std::move(answer);
        }
        const bool repeat =
            connection->used && !connection->answer_began && may_repeat(request, answer.error());
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

std::string HttpClient::address() const {
    return (options_.upstream.tls ? "https://" : "http://") + host_header(options_.upstream);
}

/// The way to the server, with what TLS needs. That is made here and not before, since it can fail.
result<std::shared_ptr<const Route>> HttpClient::current_route() {
    if (options_.upstream.tls && !route_->tls) {
        auto made = Tls::make(options_.upstream.host, options_.upstream.ca_file);
        if (!made) return made.error();
        route_->tls = *std::move(made);
    }
    return route_;
}

void HttpClient::keep(std::unique_ptr<Connection> connection) {
    if (connection->route != route_) return;
    connection->rest();
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

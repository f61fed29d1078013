// HTTP/1.1 over a small pool of kept connections.
//
// What the pool respects was learnt from real servers (gunicorn in front of Domain Stats): no connection is
// opened ahead of need (a silent one occupies a worker for ever), idle ones are dropped before the server
// does it, nothing is pipelined, a request is repeated once when a kept connection turns out to have been
// closed before the first byte.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "net/connection.hpp"
#include "net/http.hpp"
#include "net/lookup.hpp"
#include "net/semaphore.hpp"
#include "net/upstream.hpp"

namespace enrichd {

struct HttpClientOptions {
    Upstream upstream;
    std::vector<HttpHeader> headers;            // sent with each request, to the server alone
    std::string accept = "application/json";    // media types
    bool gzip = false;                          // ask for compressed answers
    std::size_t connections = 8;                // sockets, and so requests in flight
    std::chrono::milliseconds timeout{15'000};  // for one call, from when a connection is free for it
    std::chrono::milliseconds idle{1'500};      // then a kept connection is dropped
    std::uint32_t max_header = 8 * 1024;
    std::uint64_t max_body = 64 * 1024;  // as it comes, and unpacked
    bool operator==(const HttpClientOptions&) const = default;
};

struct HttpClientCounts {
    std::uint64_t connects = 0;
    std::uint64_t reused = 0;
    std::uint64_t resumed = 0;   // of connects: TLS took up an earlier session
    std::uint64_t bytes = 0;     // of bodies, unpacked
    std::uint64_t repeated = 0;  // on a fresh connection, because a kept one had been closed
};

/// For a URL that parse_upstream_url() takes.
HttpClientOptions http_options(const std::string& url, std::size_t connections,
                               std::chrono::milliseconds timeout);

class HttpClient final : public Http {
  public:
    HttpClient(asio::io_context& io, Lookup& lookup, HttpClientOptions options);
    ~HttpClient() override;

    task<result<HttpResponse>> call(HttpCall call) override;

    /// Calls in flight go on as they began; kept connections stay unless they lead elsewhere now, or
    /// other authorities are trusted.
    void configure(HttpClientOptions options);

    /// Closes what is kept. For the end: a kept connection keeps the loop alive.
    void close_idle();

    /// The server, for people: "https://example.org".
    std::string address() const;

    const HttpClientCounts& counts() const { return counts_; }
    std::size_t in_flight() const { return semaphore_.in_use(); }
    std::size_t waiting() const { return semaphore_.waiting(); }
    std::size_t kept() const { return kept_.size(); }

  private:
    using Kept = std::list<std::unique_ptr<Connection>>;

    result<std::shared_ptr<const Route>> current_route();
    std::unique_ptr<Connection> take_kept();
    void keep(std::unique_ptr<Connection> connection);
    void drop_idle();

    asio::io_context& io_;
    Lookup& lookup_;
    HttpClientOptions options_;
    Semaphore semaphore_;
    Kept kept_;  // the longest idle first
    Timer sweep_;
    std::shared_ptr<Route> route_;
    HttpClientCounts counts_;
};

}  // namespace enrichd

// An HTTP/1.1 server for GET and HEAD, with TLS and a password where they are wanted: connections are kept,
// all is bounded, a peer that is silent or slow is closed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "net/tasks.hpp"

namespace enrichd {

class ServerTls;

struct HttpReply {
    unsigned status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";  // lives for ever
    std::string body;
    std::string_view content_policy{};  // Content-Security-Policy of a page for browsers; lives for ever
};

struct HttpQuestion {
    std::string target;  // as it was sent, with its query

    /// Whether the peer has said that it sends no more, or is gone: it may not read the answer.
    std::function<bool()> left = [] { return false; };
    std::string authorization{};  // the header of that name
};

/// The seam to what is served.
class HttpService {
  public:
    virtual ~HttpService() = default;

    virtual task<HttpReply> answer(HttpQuestion question) = 0;
};

struct HttpServerOptions {
    std::string_view name;                      // for the log; lives for ever
    std::size_t max_connections = 16;           // for one more the longest silent one is closed
    std::uint32_t max_header = 8 * 1024;        // of a request
    std::chrono::milliseconds patience{5'000};  // for the next request, and for an answer to be taken
    bool keep_connections = true;               // else each is for one request
    bool private_pages = true;                  // nobody may keep them or guess their type
};

/// How peers get in.
struct HttpAccess {
    std::shared_ptr<ServerTls> tls;  // null for plain HTTP
    Secret authorization;            // the header that they must send; empty: none
};

struct HttpServerCounts {
    std::uint64_t requests = 0;
    std::uint64_t bad_requests = 0;      // or handshakes of TLS
    std::uint64_t without_password = 0;  // or with a wrong one
    std::uint64_t turned_away = 0;       // connections, for want of room
};

/// Binds "127.0.0.1:9466" or "[::1]:9466".
[[nodiscard]] result<Fd> listen_tcp(const std::string& address);

class HttpServer {
  public:
    HttpServer(asio::io_context& io, Tasks& sessions, HttpService& service, HttpServerOptions options)
        : io_(io), sessions_(sessions), service_(service), options_(options) {}

    /// TLS is for connections from then on, the password for all of them. A certificate that is renewed is
    /// used without a call.
    void set_access(HttpAccess access) { access_ = std::move(access); }

    /// Serves from a listening socket until it is cancelled or closed.
    task<void> listen(Fd socket);

    /// Accepts no more at the present socket; connections go on.
    void close();

    std::size_t connections() const { return connections_; }
    const HttpServerCounts& counts() const { return counts_; }

  private:
    class Session;

    bool make_room();
    void renew_certificate();
    task<void> session(Fd socket);

    asio::io_context& io_;
    Tasks& sessions_;
    HttpService& service_;
    HttpServerOptions options_;
    HttpAccess access_;
    Clock::time_point next_renewal_{};         // earliest
    asio::ip::tcp::acceptor* open_ = nullptr;  // of the latest listen
    std::size_t connections_ = 0;
    std::vector<asio::ip::tcp::socket*> silent_;  // no whole request has come; the longest first
    HttpServerCounts counts_;
    log::Limit wrong_passwords_;
    log::Limit bad_renewals_;
};

}  // namespace enrichd

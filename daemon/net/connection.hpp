// One connection to an upstream: TCP, through a proxy where one is set, with TLS where the server wants it;
// and one HTTP/1.1 exchange at a time over it.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/http.hpp"
#include "net/lookup.hpp"
#include "net/upstream.hpp"

namespace enrichd {

class Tls;

/// A server and how it is reached; connections that lead the same way share it.
struct Route {
    Upstream upstream;
    std::shared_ptr<Tls> tls;  // null for plain HTTP
};

struct HttpHeader {
    std::string name;
    Secret value;
    bool operator==(const HttpHeader&) const = default;
};

struct HttpRequest {
    HttpCall call;
    std::vector<HttpHeader> headers;  // beside the usual ones
    std::string accept;               // media types
    bool gzip = false;                // ask for a compressed answer
    std::uint32_t max_header = 0;     // of the answer, bytes
    std::uint64_t max_body = 0;       // as it comes, and unpacked
};

class Connection {
  public:
    /// Opens one, all of it before `limit`; each address of the server gets at most 3 s. Errors: refused,
    /// unreachable, name_lookup, deadline, cancelled; proxy_refused, proxy_auth; those of Tls::failure_of.
    static task<result<std::unique_ptr<Connection>>> open(asio::io_context& io, Lookup& lookup,
                                                          std::shared_ptr<const Route> route,
                                                          Clock::time_point limit);
    Connection(asio::io_context& io, std::shared_ptr<const Route> route);
    ~Connection();

    /// Sends a request and reads the answer, before `limit`. `request` outlives the call. Errors: those of
    /// Http.
    task<result<HttpResponse>> exchange(const HttpRequest& request, Clock::time_point limit);

    /// The server has closed it, or is confused: an idle connection has nothing to say.
    bool stale();

    /// Nothing is timed until the next exchange.
    void rest();

    const std::shared_ptr<const Route> route;
    bool resumed = false;       // TLS took up an earlier session
    bool used = false;          // an answer came over it before
    bool reusable = false;      // the last answer left it whole
    bool answer_began = false;  // of the last exchange
    Clock::time_point idle_since;

  private:
    struct Streams;
    task<error> connect(Endpoints endpoints, Clock::time_point limit);
    task<error> pass_proxy();
    task<error> shake_hands();

    std::unique_ptr<Streams> streams_;
};

}  // namespace enrichd

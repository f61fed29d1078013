// One connection to an upstream: TCP, through a proxy where one is set, with TLS where the server wants it;
// and one HTTP/1.1 exchange at a time over it, or bytes of another protocol.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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
    explicit Connection(std::shared_ptr<const Route> way) : route(std::move(way)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    virtual ~Connection() = default;

    /// Sends a request and reads the answer, before `limit`. `request` outlives the call. Errors: those of
    /// Http.
    virtual task<result<HttpResponse>> exchange(const HttpRequest& request, Clock::time_point limit) = 0;

    /// Of another protocol: writes all of it; reads what comes, which is a byte at least. Both outlive the
    /// call. Errors: deadline, cancelled, cut.
    virtual task<error> write(std::string_view bytes, Clock::time_point limit) = 0;
    virtual task<result<std::size_t>> read_some(std::span<char> into, Clock::time_point limit) = 0;

    /// The server has closed it, or is confused: an idle connection has nothing to say.
    virtual bool stale() = 0;

    /// Nothing is timed until the next exchange.
    virtual void rest() = 0;

    const std::shared_ptr<const Route> route;
    bool resumed = false;       // TLS took up an earlier session
    bool used = false;          // an answer came over it before
    bool reusable = false;      // the last answer left it whole
    bool answer_began = false;  // of the last exchange
    Clock::time_point idle_since;
};

/// In place of the network for as long as this lives: a simulation, which says what upstreams answer. One at
/// a time.
class SimulatedNetwork {
  public:
    SimulatedNetwork();
    SimulatedNetwork(const SimulatedNetwork&) = delete;
    SimulatedNetwork& operator=(const SimulatedNetwork&) = delete;
    virtual ~SimulatedNetwork();

    /// As Connection::open.
    virtual task<result<std::unique_ptr<Connection>>> open(std::shared_ptr<const Route> route,
                                                           Clock::time_point limit) = 0;

    /// The one that lives, or null.
    static SimulatedNetwork* current() { return current_; }

  private:
    static inline constinit SimulatedNetwork* current_ = nullptr;
};

}  // namespace enrichd

// One connection to an upstream: TCP, through a proxy where one is set, with TLS where the server wants it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <memory>
#include <optional>

#include "net/lookup.hpp"
#include "net/tls.hpp"
#include "net/upstream.hpp"

namespace enrichd {

struct Connection {
    using Tcp = boost::beast::tcp_stream;

    Connection(asio::io_context& io, std::shared_ptr<Tls> with) : tcp(io), tls_of(std::move(with)) {}

    /// An idle connection has nothing to say: readable means that the server has closed it, or is confused.
    bool stale();

    Tcp tcp;
    std::shared_ptr<Tls> tls_of;                 // null for plain HTTP
    std::optional<asio::ssl::stream<Tcp&>> tls;  // refers to tcp
    boost::beast::flat_buffer buffer;
    bool resumed = false;       // TLS took up an earlier session
    bool used = false;          // an answer came over it before
    bool reusable = false;      // the last answer left it whole
    bool answer_began = false;  // of the call now in hand
    unsigned route = 0;         // which of the client's ways to a server it leads
    Clock::time_point idle_since;
};

/// Opens one, all of it before `limit`; each address of the server gets at most 3 s. Errors: refused,
/// unreachable, name_lookup, deadline, cancelled; proxy_refused, proxy_auth; those of Tls::failure_of.
task<result<std::unique_ptr<Connection>>> open_connection(asio::io_context& io, Lookup& lookup,
                                                          const Upstream& upstream, std::shared_ptr<Tls> tls,
                                                          Clock::time_point limit);

}  // namespace enrichd

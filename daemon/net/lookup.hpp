// Host names to addresses, off the loop: getaddrinfo blocks, so it runs in a thread of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "base/blocking_calls.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace enrichd {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;

class Lookup {
  public:
    explicit Lookup(asio::io_context& io) : blocking_(io) {}

    /// The addresses of a host, at least one, in the resolver's order. A literal address needs no thread.
    /// Errors: name_lookup, deadline.
    task<result<Endpoints>> resolve(std::string host, std::uint16_t port, Clock::time_point limit);

  private:
    BlockingCalls blocking_;
};

}  // namespace enrichd

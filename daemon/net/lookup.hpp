// Host names to addresses, off the loop: getaddrinfo blocks, so it runs in a thread of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace enrichd {

using Endpoints = std::vector<asio::ip::tcp::endpoint>;

class Lookup {
  public:
    explicit Lookup(asio::io_context& io);
    ~Lookup();

    /// The addresses of a host, at least one, in the resolver's order. A literal address needs no thread.
    /// Errors: name_lookup, deadline.
    task<result<Endpoints>> resolve(std::string host, std::uint16_t port, Clock::time_point limit);

  private:
    struct Loop;  // what a look-up thread may touch: it can outlive this object and the loop
    std::shared_ptr<Loop> loop_;
    asio::io_context& io_;
};

}  // namespace enrichd

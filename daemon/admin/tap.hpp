// A live stream of what is decided for alerts: one JSON object a line.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "net/line_server.hpp"
#include "pipeline/job.hpp"

namespace enrichd {

/// Which alerts a stream has; empty: all.
struct TapFilter {
    std::string suffix;  // of the name; lower case
    std::string agent;   // its id
};

class Tap {
  public:
    /// Lines that a stream holds for a reader that is slow. What comes then is left out and counted.
    static constexpr std::size_t most_lines = 10'000;

    explicit Tap(asio::io_context& io) : io_(io) {}

    std::unique_ptr<LineStream> stream(TapFilter filter);

    /// Costs nothing while nobody listens.
    void decided(const Job& job);

  private:
    class Stream;
    struct Channel {
        Channel(asio::io_context& io, TapFilter which)
            : filter(std::move(which)), news(io, Clock::time_point::max()) {}
        TapFilter filter;
        std::deque<std::string> lines;
        std::uint64_t left_out = 0;
        Timer news;
    };
    asio::io_context& io_;
    std::vector<std::weak_ptr<Channel>> channels_;
};

}  // namespace enrichd

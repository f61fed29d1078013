// A server on a UNIX stream socket: a line is a question, a line is its answer, one after another.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "net/tasks.hpp"

namespace enrichd {

/// Lines that go on until the client closes its connection.
class LineStream {
  public:
    virtual ~LineStream() = default;

    /// The next line, without its end; nothing when none came until `limit`.
    virtual task<std::optional<std::string>> next(Clock::time_point limit) = 0;
};

/// The seam to what is served.
class LineService {
  public:
    virtual ~LineService() = default;

    /// What a question asks for that has no end; null for all others, which are answered.
    virtual std::unique_ptr<LineStream> stream(const std::string& /*line*/) { return nullptr; }

    /// Both without the end of the line.
    virtual task<std::string> answer(std::string line) = 0;
};

struct LineServerOptions {
    std::string_view name;                      // for the log; lives for ever
    std::size_t max_connections = 8;            // for one more the longest silent one is closed
    std::size_t max_line = 1024 * 1024;         // of a question; a longer one ends the connection
    std::chrono::milliseconds patience{5'000};  // for the next question, and for an answer to be taken
};

class LineServer {
  public:
    LineServer(asio::io_context& io, Tasks& sessions, LineService& service, LineServerOptions options)
        : io_(io), sessions_(sessions), service_(service), options_(options) {}

    /// Serves from a listening socket until it is cancelled or closed.
    task<void> listen(Fd socket);

    /// Accepts no more at the present socket; connections go on.
    void close();

  private:
    using Local = asio::local::stream_protocol;

    bool make_room();
    task<void> session(Local::socket socket);
    task<void> send(Local::socket& socket, LineStream& lines) const;

    asio::io_context& io_;
    Tasks& sessions_;
    LineService& service_;
    LineServerOptions options_;
    Local::acceptor* open_ = nullptr;  // of the latest listen
    std::size_t connections_ = 0;
    std::vector<Local::socket*> silent_;  // no whole line has come; the longest first
};

}  // namespace enrichd

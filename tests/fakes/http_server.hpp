// An HTTP server for fakes: what goes onto the wire is the handler's business, byte by byte, so that it can
// misbehave in every way. Runs in a thread of its own, on a port of 127.0.0.1, with TLS or without.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace enrichd::fakes {

struct Request {
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    unsigned ordinal = 0;                        // on its connection, from 0
    std::string method{};
    std::string body{};
};

struct Reply {
    std::string bytes;  // head and body
    bool keep = true;   // the connection stays open
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds each_byte{0};  // so slowly it is written
    std::string for_ever{};                  // written again and again after it
    bool silent = false;                     // nothing is ever written, the connection stays
    bool reset = false;                      // the connection ends by RST
};

/// Called on the server's thread.
using Handler = std::function<Reply(const Request&)>;

struct Connections {
    std::uint64_t all = 0;
    std::uint64_t open = 0;
    std::uint64_t most_open = 0;
    std::uint64_t tls_resumed = 0;
    std::uint64_t answers = 0;  // written whole
};

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

class HttpServer {
  public:
    /// Port 0 is any free one; without `tls` it speaks plain HTTP.
    explicit HttpServer(Handler handler, std::uint16_t port = 0, TlsContext tls = nullptr);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    std::uint16_t port() const;
    void close_idle_after(std::chrono::milliseconds idle);
    Connections connections() const;

  private:
    struct Loop;
    std::unique_ptr<Loop> loop_;
};

/// A whole answer with its length.
Reply answer(unsigned status, const std::string& type, const std::string& body,
             const std::string& more_headers = {});

std::string gzipped(const std::string& text);

std::string http_date(std::time_t time);

}  // namespace enrichd::fakes

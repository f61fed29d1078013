// The read-only HTTP side: /livez, /readyz, /healthz, /metrics.
#pragma once

#include <boost/asio/io_context.hpp>

#include <string>

#include "admin/view.hpp"
#include "base/fd.hpp"
#include "net/tasks.hpp"

namespace enrichd {

/// A page by its request target; bodies are text or JSON.
struct AdminPage {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
};
AdminPage admin_page(const View& view, std::string_view target);

/// Binds `address`, "127.0.0.1:9466" or "[::1]:9466".
[[nodiscard]] result<Fd> listen_tcp(const std::string& address);

class AdminServer {
  public:
    AdminServer(asio::io_context& io, Tasks& tasks, const View& view) : io_(io), tasks_(tasks), view_(view) {}

    /// Serves from a listening socket until it is cancelled. At most 16 connections, each for one request and
    /// 5 s.
    task<void> listen(Fd socket);

  private:
    task<void> session(Fd socket);

    asio::io_context& io_;
    Tasks& tasks_;
    const View& view_;
    std::size_t connections_ = 0;
};

}  // namespace enrichd

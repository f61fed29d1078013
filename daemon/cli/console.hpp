// `enrichd console`: a page with recent findings and a look-up box, for one browser. It holds names: only
// users who can open the admin socket can serve it (docs/security.md, "The console").
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "base/blocking_calls.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"
#include "cli/report.hpp"
#include "config/config.hpp"
#include "net/http_server.hpp"

namespace enrichd {

/// What the page asks is asked of the daemon over its admin socket; nothing is kept here.
class Console final : public HttpService {
  public:
    static constexpr std::chrono::minutes token_is_good_for{5};

    Console(asio::io_context& io, std::string admin_socket);

    /// Opens the page once, within token_is_good_for.
    const std::string& token() const { return token_.reveal(); }

    /// When the link was opened, or a name looked up: the page asks for events by itself. At first, when this
    /// was made.
    Clock::time_point last_use() const { return last_use_; }

    /// Requests with a token or key that is wrong, used or too old.
    std::uint64_t refused() const { return refused_; }

    task<HttpReply> answer(HttpQuestion question) override;

  private:
    HttpReply begin_session(std::string_view token);
    bool let_in(std::string_view key);
    task<HttpReply> ask_daemon(std::string question);

    BlockingCalls blocking_;
    const std::string admin_socket_;
    const Secret token_;
    const Secret key_;  // of the browser that the token let in
    const Clock::time_point begun_ = Clock::now();
    Clock::time_point last_use_ = Clock::now();
    bool token_used_ = false;
    std::uint64_t refused_ = 0;
};

struct ConsoleRequest {
    std::uint16_t port = 0;                       // on 127.0.0.1; 0: any that is free
    std::chrono::milliseconds idle{30 * 60'000};  // without use; then it ends
};

/// Serves until a signal comes or nobody has used it for a while, and says on `out` how to open it.
Report daemon_console(const Config& config, const ConsoleRequest& request, std::ostream& out);

}  // namespace enrichd

#include "net/line_server.hpp"

#include <sys/socket.h>

#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <memory>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/scoped_count.hpp"

namespace enrichd {
namespace {

/// Closes a socket when its time is over, so that whatever waits on it ends.
class Patience {
  public:
    Patience(asio::local::stream_protocol::socket& socket, std::chrono::milliseconds time)
        : timer_(socket.get_executor()), socket_(socket), time_(time) {}
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;
    ~Patience() { *waits_ = false; }

    void begin() {
        timer_.expires_after(time_);
        waits_ = std::make_shared<bool>(true);
        timer_.async_wait([&socket = socket_, waits = waits_](const boost::system::error_code& ec) {
            boost::system::error_code ignored;
            if (!ec && *waits) socket.close(ignored);
        });
    }
    void end() {
        *waits_ = false;
        timer_.cancel();
    }

  private:
    Timer timer_;
    asio::local::stream_protocol::socket& socket_;
    std::chrono::milliseconds time_;
    std::shared_ptr<bool> waits_ = std::make_shared<bool>(false);  // a handler may outlive this
};

}  // namespace

task<void> LineServer::listen(Fd socket) {
    Local::acceptor acceptor(io_, Local(), socket.release());
    open_ = &acceptor;
    for (;;) {
        auto [failure, peer] = co_await acceptor.async_accept(nothrow);
        if (failure == asio::error::operation_aborted || !acceptor.is_open()) break;
        if (failure) {
            log::warning("a server cannot accept a connection",
                         {{"server", options_.name}, {"detail", failure.message()}});
            const bool slept = co_await sleep_until(Clock::now() + std::chrono::seconds(1));
            if (!slept) break;
        } else if (connections_ < options_.max_connections || make_room()) {
            sessions_.spawn(options_.name, session(std::move(peer)));
        }
    }
    if (open_ == &acceptor) open_ = nullptr;
}

void LineServer::close() {
    boost::system::error_code ignored;
    if (open_) open_->close(ignored);
    open_ = nullptr;
}

/// Whoever connects and says nothing must not keep others out. False when all are being answered.
bool LineServer::make_room() {
    if (silent_.empty()) return false;
    boost::system::error_code ignored;
    silent_.front()->close(ignored);
    silent_.erase(silent_.begin());
    return true;
}

/// Until the client closes its side, says anything, or does not take what is sent.
task<void> LineServer::send(Local::socket& socket, LineStream& lines) const {
    constexpr std::chrono::seconds look_every(1);
    Patience patience(socket, options_.patience);
    for (;;) {
        auto line = co_await lines.next(Clock::now() + look_every);
        auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return;
        if (line) {
            line->push_back('\n');
            patience.begin();
            auto [failure, written] = co_await asio::async_write(socket, asio::buffer(*line), nothrow);
            patience.end();
            if (failure) co_return;
            continue;
        }
        char byte = 0;
        const ::ssize_t got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got >= 0 || (errno != EAGAIN && errno != EINTR)) co_return;
    }
}

task<void> LineServer::session(Local::socket socket) {
    // A cancellation ends a wait for a question; an answer that is being made is still sent.
    co_await asio::this_coro::throw_if_cancelled(false);
    const ScopedCount count(connections_);
    Patience patience(socket, options_.patience);
    std::string buffer;
    for (;;) {
        auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return;
        patience.begin();
        auto into = asio::dynamic_buffer(buffer, options_.max_line);
        silent_.push_back(&socket);
        auto [read_error, length] = co_await asio::async_read_until(socket, into, '\n', nothrow);
        std::erase(silent_, &socket);
        patience.end();
        if (read_error) co_return;
        std::string line = buffer.substr(0, length - 1);
        buffer.erase(0, length);
        if (const auto lines = service_.stream(line)) {
            co_await send(socket, *lines);
            co_return;
        }
        std::string answer = co_await service_.answer(std::move(line));
        answer.push_back('\n');
        patience.begin();
        auto [write_error, written] = co_await asio::async_write(socket, asio::buffer(answer), nothrow);
        patience.end();
        if (write_error) co_return;
    }
}

}  // namespace enrichd

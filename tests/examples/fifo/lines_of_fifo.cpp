#include "examples/fifo/lines_of_fifo.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>

#include <cerrno>
#include <memory>
#include <utility>

namespace enrichd::examples {
namespace {

constexpr std::size_t longest_line = 1024 * 1024;

/// Hears what became of one line.
class Line final : public Receiver {
  public:
    explicit Line(const std::function<void()>& unsafe) : unsafe_(unsafe) {}
    void settled(bool safe) override {
        if (!safe) unsafe_();
    }

  private:
    const std::function<void()>& unsafe_;
};

}  // namespace

result<Fd> LinesOfFifo::open(const std::string& path) {
    if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) return last_error();
    // For writing too, so that it does not end with its first writer.
    Fd fifo(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!fifo) return last_error();
    return fifo;
}

task<void> LinesOfFifo::run(Fd fifo) {
    asio::posix::stream_descriptor from(io_, fifo.release());
    std::string buffer;
    bool skipping = false;  // the rest of a line that was too long
    for (;;) {
        auto [ec, size] =
            co_await asio::async_read_until(from, asio::dynamic_buffer(buffer, longest_line), '\n', nothrow);
        if (ec == asio::error::not_found) {
            if (!skipping) refuse_long_line();
            skipping = true;
            buffer.clear();
            continue;
        }
        if (ec) co_return;  // cancelled
        if (!skipping) take(std::string_view(buffer).substr(0, size - 1));
        skipping = false;
        buffer.erase(0, size);
    }
}

void LinesOfFifo::refuse_long_line() {
    counts_.count_received(Destination::siem);
    counts_.rejected.add(label(errc::alert_too_long));
}

void LinesOfFifo::take(std::string_view line) {
    auto taken = submit_.take(line, Destination::siem, counts_);
    if (!taken) return;  // refused for good, and counted
    if (taken->outcome == Submit::Outcome::waits)
        submit_.go_on(std::move(taken->job), std::make_unique<Line>(unsafe_));
    else if (taken->outcome == Submit::Outcome::in_work)
        unsafe_();
}

}  // namespace enrichd::examples

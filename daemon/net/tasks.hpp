// The owner of coroutines: none runs detached, each end is noticed, all can be cancelled and waited for.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace enrichd {

class Tasks {
  public:
    explicit Tasks(asio::io_context& io);

    /// Starts `work`. `name` is for the log and lives for ever. An exception out of it is logged and counted,
    /// and the others go on.
    void spawn(std::string_view name, task<void> work);

    /// Does `work`, which waits for nothing, at once. An exception out of it ends as in spawn.
    template <class Work>
    void run_now(std::string_view name, Work&& work) {
        try {
            work();
        } catch (...) {
            failed(name, std::current_exception());
        }
    }

    /// Asks every coroutine to end: its next wait fails with operation_aborted.
    void cancel();

    /// Waits until none is left, at most until `limit`. True when none is.
    task<bool> drained(Clock::time_point limit);

    /// Called after a task has ended by an exception: for those that the daemon cannot be without.
    void on_failure(std::function<void()> call) { on_failure_ = std::move(call); }

    std::size_t running() const { return running_.size(); }
    std::uint64_t failures() const { return failures_; }

  private:
    using Signals = std::list<asio::cancellation_signal>;

    void ended(std::string_view name, Signals::iterator signal, const std::exception_ptr& failure);
    void failed(std::string_view name, const std::exception_ptr& failure);

    asio::io_context& io_;
    Signals running_;
    Timer idle_;
    std::uint64_t failures_ = 0;
    std::function<void()> on_failure_;
};

/// Waits until `time`. False when the coroutine was cancelled meanwhile.
task<bool> sleep_until(Clock::time_point time);

}  // namespace enrichd

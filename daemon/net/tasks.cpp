#include "net/tasks.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <string>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace enrichd {

Tasks::Tasks(asio::io_context& io) : io_(io), idle_(io) {}

void Tasks::spawn(std::string_view name, task<void> work) {
    const auto signal = running_.emplace(running_.end());
    auto done = [this, name, signal](const std::exception_ptr& failure) { ended(name, signal, failure); };
    asio::co_spawn(io_, std::move(work), asio::bind_cancellation_slot(signal->slot(), std::move(done)));
}

void Tasks::ended(std::string_view name, Signals::iterator signal, const std::exception_ptr& failure) {
    running_.erase(signal);
    if (running_.empty()) idle_.cancel();
    if (failure) failed(name, failure);
}

void Tasks::failed(std::string_view name, const std::exception_ptr& failure) {
    std::string what = "unknown";
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) return;  // cancelled, as asked
        what = e.what();
    } catch (const std::exception& e) {
        what = e.what();
    }
    ++failures_;
    log::error("a task ended by an exception; this is a bug", {{"task", name}, {"what", what}});
    if (on_failure_) on_failure_();
}

void Tasks::cancel() {
    // On the loop: from elsewhere Asio 1.81 would queue each signal, and deliver it to a coroutine that may
    // have ended by then.
    asio::dispatch(io_, [this] {
        for (auto i = running_.begin(); i != running_.end();) (i++)->emit(asio::cancellation_type::terminal);
    });
}

task<bool> Tasks::drained(Clock::time_point limit) {
    while (!running_.empty() && Clock::now() < limit) {
        idle_.expires_at(limit);
        co_await idle_.async_wait(nothrow);
    }
    co_return running_.empty();
}

task<bool> sleep_until(Clock::time_point time) {
    auto executor = co_await asio::this_coro::executor;
    Timer timer(executor, time);
    auto [ec] = co_await timer.async_wait(nothrow);
    // Cancelled when the time had come, and before this went on.
    auto state = co_await asio::this_coro::cancellation_state;
    co_return !ec && state.cancelled() == asio::cancellation_type::none;
}

}  // namespace enrichd

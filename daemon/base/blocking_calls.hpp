// Calls that block, off the loop: each runs in a thread of its own and is awaited.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/clock.hpp"
#include "base/errc.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker.hpp"

namespace enrichd {

class BlockingCalls {
    /// A result is handed on as it is.
    template <class Answer>
    struct Handed {
        using type = result<Answer>;
    };
    template <class Value>
    struct Handed<result<Value>> {
        using type = result<Value>;
    };

  public:
    explicit BlockingCalls(asio::io_context& io) : loop_(std::make_shared<Loop>()), io_(io) {
        loop_->io = &io;
    }
    ~BlockingCalls() {
        const std::lock_guard lock(loop_->guard);
        loop_->io = nullptr;
    }
    BlockingCalls(const BlockingCalls&) = delete;
    BlockingCalls& operator=(const BlockingCalls&) = delete;

    /// What `work` returns. Errors: deadline, when `limit` came first or the caller was cancelled; a system
    /// error when no thread is to be had, or the work finds no memory. After a deadline the work goes on: it
    /// can outlive this object and the loop, so it owns all that it touches.
    template <class Work, class Answer = std::invoke_result_t<Work>>
    task<typename Handed<Answer>::type> run(Work work, Clock::time_point limit = Clock::time_point::max()) {
        auto call = std::make_shared<Call<Answer>>(io_, limit);
        auto thread = [waiting = std::weak_ptr(call), work = std::move(work), loop = loop_]() mutable {
            std::optional<Answer> answer;
            try {
                answer.emplace(work());
            } catch (const std::bad_alloc&) {  // NOLINT: run() returns it
            } catch (const std::length_error&) {
            }
            const std::lock_guard lock(loop->guard);
            if (loop->io == nullptr) return;
            auto waiter = waiting.lock();
            if (!waiter) return;
            asio::post(*loop->io, [waiter = std::move(waiter), answer = std::move(answer)]() mutable {
                waiter->ended = true;
                if (answer) waiter->answer.emplace(*std::move(answer));
                waiter->ready.cancel();
            });
        };
        // Detached: it may hang for longer than the daemon takes to end, and touches only `loop`. It does not
        // own the call, whose timer belongs to the loop and must not be destroyed after it.
        try {
            begin_thread(std::move(thread));
        } catch (const std::system_error& failure) {
            co_return error(failure.code().value(), boost::system::system_category());
        }
        co_await call->ready.async_wait(nothrow);
        if (call->ended && !call->answer) co_return make_error_code(boost::system::errc::not_enough_memory);
        if (!call->answer) co_return errc::deadline;
        co_return *std::move(call->answer);
    }

  private:
    template <class Call>
    static void begin_thread(Call call) {
        if (auto* simulated = SimulatedThreads::current())
            simulated->begin([one = std::make_shared<Call>(std::move(call))] { (*one)(); });
        else
            std::thread(std::move(call)).detach();
    }

    /// What a thread may touch: it can outlive the owner and the loop.
    struct Loop {
        std::mutex guard;
        asio::io_context* io = nullptr;  // null once the owner is gone
    };
    template <class Answer>
    struct Call {
        Call(asio::io_context& io, Clock::time_point limit) : ready(io, limit) {}
        Timer ready;
        bool ended = false;
        std::optional<Answer> answer;
    };

    std::shared_ptr<Loop> loop_;
    asio::io_context& io_;
};

}  // namespace enrichd

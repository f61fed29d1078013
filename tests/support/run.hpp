// Runs the loop for one coroutine, or until something holds.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "support/wait.hpp"

namespace enrichd::test {

template <class T>
T run(asio::io_context& io, task<T> work) {
    std::optional<T> out;
    std::exception_ptr failure;
    auto done = [&](std::exception_ptr e, T value) {
        failure = e;
        out.emplace(std::move(value));
    };
    asio::co_spawn(io, std::move(work), done);
    io.restart();
    while (!out && io.run_one() > 0) {
    }
    if (failure) std::rethrow_exception(failure);
    return *std::move(out);
}

inline void run(asio::io_context& io, task<void> work) {
    bool ended = false;
    std::exception_ptr failure;
    auto done = [&](std::exception_ptr e) {
        failure = e;
        ended = true;
    };
    asio::co_spawn(io, std::move(work), done);
    io.restart();
    while (!ended && io.run_one() > 0) {
    }
    if (failure) std::rethrow_exception(failure);
}

/// Runs the loop until a condition holds. False when it does not within `limit`.
template <class Condition>
bool run_until(asio::io_context& io, Condition condition, Clock::duration limit = patience) {
    using Machine = std::chrono::steady_clock;  // simulated time may stand still
    for (const auto end = Machine::now() + limit; !condition() && Machine::now() < end;) {
        io.restart();
        io.run_for(std::chrono::milliseconds(1));
        if (auto* simulated = SimulatedTime::current()) simulated->advance(std::chrono::milliseconds(1));
    }
    return condition();
}

}  // namespace enrichd::test

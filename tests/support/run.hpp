// Runs one coroutine to its end, and what it started along with it.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>

#include "base/task.hpp"

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

}  // namespace enrichd::test

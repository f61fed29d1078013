// The coroutine type of everything that waits. Law of the house: next to co_await stand names, numbers and
// calls; no braces, no capturing lambda, no ?: (g++ 12 miscompiles those; scripts/lint checks).
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace enrichd {

namespace asio = boost::asio;

template <class T>
using task = asio::awaitable<T>;

/// For operations whose error is a value: `auto [ec, n] = co_await socket.async_read_some(buffer, nothrow);`
inline constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

}  // namespace enrichd

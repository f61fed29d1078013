// Waiting for what another process or thread will do.
#pragma once

#include <chrono>
#include <thread>

namespace enrichd::test {

/// How long a test waits for what must come. It ends a test that hangs and measures nothing: however busy the
/// machine is, what works comes sooner. scripts/bench and scripts/soak measure.
inline constexpr std::chrono::seconds patience(60);

/// True as soon as `condition` is, false when it is not within `limit`. The only place in the tests that
/// sleeps.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds limit = patience) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

}  // namespace enrichd::test

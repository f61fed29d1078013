// Many alerts to the socket, from clients that each wait for their answer.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "bench/alert_maker.hpp"
#include "bench/figures.hpp"
#include "support/sender.hpp"

namespace enrichd::test {

inline std::atomic<std::uint64_t> next_bench_alert = 1;  // its id

/// Seconds for `count` alerts in all, from so many clients that each wait for their answer.
inline double hand_over_many(const std::string& socket, int clients, int count, const std::string& name,
                             std::uint64_t domains) {
    std::vector<std::thread> threads;
    std::atomic<int> refused = 0;
    const auto start = BenchClock::now();
    for (int i = 0; i < clients; ++i)
        threads.emplace_back([&, each = count / clients] {
            AlertMaker make(name);
            for (int n = 0; n < each; ++n) {
                const std::uint64_t id = next_bench_alert++;
                // A large prime step: the order of use is not the order in which they were learnt.
                if (!hand_over(socket, make(id, id * 7'919'999 % domains), id)) ++refused;
            }
        });
    for (std::thread& thread : threads) thread.join();
    if (refused > 0) give_up("an alert was not taken");
    return seconds_since(start);
}

}  // namespace enrichd::test

// Programs that are measured in turn.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/figures.hpp"
#include "bench/hand_over_many.hpp"
#include "bench/queue_reader.hpp"
#include "support/wait.hpp"

namespace enrichd::test {

struct Rival {
    std::string socket;
    pid_t pid = 0;
    std::vector<double> rates{};
    std::vector<double> cpu{};

    void take(int clients, int count, const std::string& name, std::uint64_t domains) {
        const double before = cpu_seconds(pid);
        rates.push_back(count / hand_over_many(socket, clients, count, name, domains));
        cpu.push_back((cpu_seconds(pid) - before) / count * 1e6);
    }
};

inline std::string wazuh_alone(const std::filesystem::path& home) {
    return "wazuh:\n  home: " + home.string() + "\noutputs:\n  wazuh: true\n";
}

/// All that was handed over must have been told, or it was something else that took the time.
inline void must_be_told(const QueueReader& queue, std::size_t count) {
    if (!eventually([&] { return queue.count() >= count; }))
        give_up(
            text("%zu of %zu alerts were told; is net.unix.max_dgram_qlen below 512?", queue.count(), count));
}

}  // namespace enrichd::test

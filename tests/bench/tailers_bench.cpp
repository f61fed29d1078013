// The same file to enrichd and to other programs that follow files.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/following_daemon.hpp"
#include "bench/other_tailers.hpp"

namespace enrichd::test {

/// The same file to each of them, alternately: read its lines, find those with a DNS name, write these or
/// what is known of them into a file.
void measure_other_tailers() {
    head("followed files: 200 MB, one line of 20 a DNS alert, read from the beginning");
    constexpr std::size_t rounds = 5;
    constexpr std::uint64_t bytes = 200'000'000;
    const TempDir made_in;
    const std::filesystem::path path = made_in / "alerts.json";
    const MadeFile made = make_file(path, bytes, 20);
    std::vector<std::unique_ptr<OtherTailer>> others = other_tailers();
    std::vector<std::vector<double>> seconds(others.size() + 1);
    std::vector<std::vector<double>> cpu(others.size() + 1);
    std::vector<long> peaks(others.size() + 1);
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i <= others.size(); ++i) {
            Reading reading;
            if (i == others.size()) {
                FollowingDaemon here;
                const std::filesystem::path copy = here.file().string() + ".made";
                std::filesystem::copy_file(path, copy);
                here.start();
                reading = read_all(here, copy, made);
            } else {
                const TailerRun run = others[i]->read(path, made.alerts);
                reading = {run.seconds, run.cpu, run.peak};
            }
            seconds[i].push_back(reading.seconds);
            cpu[i].push_back(reading.cpu);
            peaks[i] = std::max(peaks[i], reading.peak);
        }
    }
    for (std::size_t i = 0; i <= others.size(); ++i) {
        const bool ours = i == others.size();
        row(ours ? "enrichd, which also looks each name up and sends an event" : others[i]->name(),
            text("%.0f MB/s, %.1f s of CPU", static_cast<double>(made.bytes) / megabyte / median(seconds[i]),
                 median(cpu[i])),
            {ours ? 0 : median_of_ratios(cpu[i], cpu.back()),
             median(cpu[i]) / static_cast<double>(made.lines) * 1e6,
             megabytes(static_cast<double>(peaks[i]))});
    }
    for (const std::string& missing : missing_tailers()) row(missing, "is not there");
}

}  // namespace enrichd::test

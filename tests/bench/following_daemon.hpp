// A daemon that follows a file, and files for it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "base/fd.hpp"
#include "bench/alert_maker.hpp"
#include "bench/figures.hpp"
#include "bench/hand_over_many.hpp"
#include "bench/other_lines.hpp"
#include "bench/queue_reader.hpp"
#include "fakes/fake_domain_stats.hpp"
#include "support/daemon_under_test.hpp"
#include "support/wait.hpp"

namespace enrichd::test {

inline const std::string known_name = "www.new-known.com";  // each of its alerts has an event
inline constexpr double megabyte = 1e6;                     // bytes

/// Appends as a writer does that knows nothing of who reads.
class GrowingFile {
  public:
    explicit GrowingFile(const std::filesystem::path& path)
        : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)) {
        if (!file_) give_up("cannot open " + path.string());
    }
    void append(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t count = ::write(file_.get(), bytes.data(), bytes.size());
            if (count <= 0) give_up("cannot write a file");
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

  private:
    Fd file_;
};

/// A daemon that follows a file.
class FollowingDaemon {
  public:
    explicit FollowingDaemon(const std::string& more = {})
        : daemon_(server_.url(),
                  "wazuh:\n  home: " + wazuh_.path().string() + "\noutputs:\n  wazuh: true\n" + more) {
        daemon_.more_of_intake = "  files: [" + file().string() + "]\n  files_begin: beginning\n";
        daemon_.write_config("wazuh:\n  home: " + wazuh_.path().string() + "\noutputs:\n  wazuh: true\n" +
                             more);
    }

    std::filesystem::path file() const { return wazuh_ / "alerts.json"; }
    DaemonUnderTest& daemon() { return daemon_; }
    const QueueReader& queue() const { return queue_; }
    pid_t pid() const { return daemon_.process().pid(); }

    /// It knows the verdict.
    void start() {
        daemon_.start();
        AlertMaker make(known_name);
        if (!hand_over(daemon_.socket(), make(next_bench_alert++, 0), 1)) give_up("an alert was not taken");
        told_ = 1;
        wait_for_events(0);
    }

    /// `count` more than those waited for before.
    void wait_for_events(std::size_t count) {
        told_ += count;
        if (!eventually([&] { return queue_.count() >= told_; }, std::chrono::minutes(10)))
            give_up(text("%zu of %zu events came", queue_.count(), told_));
    }

    double counted(const std::string& result) const {
        return daemon_.metric("enrichd_file_lines_total{result=\"" + result + "\",file=\"" + file().string() +
                              "\"}");
    }

  private:
    TempDir wazuh_;
    QueueReader queue_{wazuh_.path()};
    fakes::FakeDomainStats server_;
    DaemonUnderTest daemon_;
    std::size_t told_ = 0;
};

/// A file of `bytes` bytes at least. One line of `alert_every` is a DNS alert; 0: none is.
struct MadeFile {
    std::size_t lines = 0;
    std::size_t alerts = 0;
    std::uint64_t bytes = 0;
};
inline MadeFile make_file(const std::filesystem::path& path, std::uint64_t bytes, std::size_t alert_every) {
    constexpr std::size_t block = 1 << 20;
    std::ofstream out(path, std::ios::binary);
    OtherLines other;
    AlertMaker make(known_name);
    MadeFile made;
    for (std::string text; made.bytes < bytes; text.clear()) {
        while (text.size() < block) {
            if (alert_every > 0 && made.lines % alert_every == 0) {
                text += make(next_bench_alert++, 0);
                ++made.alerts;
            } else {
                other.append(text);
            }
            ++made.lines;
        }
        out << text;
        made.bytes += text.size();
    }
    return made;
}

struct Reading {
    double seconds = 0;
    double cpu = 0;
    long peak = 0;  // kB
};

/// From the moment at which the file is there until its last line was read.
inline Reading read_all(FollowingDaemon& here, const std::filesystem::path& from, const MadeFile& made) {
    const double lines_before = std::max(0.0, here.counted("no_name"));
    const double cpu_before = cpu_seconds(here.pid());
    const auto start = BenchClock::now();
    std::filesystem::rename(from, here.file());
    const auto others = static_cast<double>(made.lines - made.alerts);
    while (here.counted("no_name") - lines_before < others) {
        if (seconds_since(start) > 600) give_up("a file is not read to its end");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    here.wait_for_events(made.alerts);
    return {seconds_since(start), cpu_seconds(here.pid()) - cpu_before, peak_kilobytes(here.pid())};
}

}  // namespace enrichd::test

// What the measurements share: how a process is looked at, and how a figure is printed.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace enrichd::test {

using BenchClock = std::chrono::steady_clock;

inline double seconds_since(BenchClock::time_point start) {
    return std::chrono::duration<double>(BenchClock::now() - start).count();
}

inline double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

inline double median_of_ratios(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) ratios.push_back(a[i] / b[i]);
    return median(ratios);
}

inline long resident_kilobytes(pid_t pid) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    return std::stol(status.substr(status.find("VmRSS:") + 6));
}

/// At its greatest.
inline long peak_kilobytes(pid_t pid) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    return std::stol(status.substr(status.find("VmHWM:") + 6));
}

/// Ends the run, and what it has started with it: a figure of something that went wrong is none.
[[noreturn]] inline void give_up(const std::string& why) {
    throw std::runtime_error(why);
}

inline std::string megabytes(double kilobytes) {
    char out[32];
    std::snprintf(out, sizeof out, "%.1f MB", kilobytes / 1024);
    return out;
}

/// Of all threads, to the nanosecond: clock ticks are too coarse for a short measurement.
inline double cpu_seconds(pid_t pid) {
    double sum = 0;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        double nanoseconds = 0;
        std::ifstream(thread.path() / "schedstat") >> nanoseconds;
        sum += nanoseconds / 1e9;
    }
    return sum;
}

template <class... Values>
std::string text(const char* format, Values... values) {
    char out[128];
    std::snprintf(out, sizeof out, format, values...);
    return out;
}

/// What stands beside a figure, as far as it has a meaning there.
struct Beside {
    double ratio = 0;  // to what it is measured against, in the same run
    double cpu = 0;    // microseconds of the daemon's, for each
    std::string memory{};
};

inline void head(const char* section) {
    std::printf("\n| %-72s | %-22s | %-7s | %-9s | %-9s |\n", section, "figure", "ratio", "CPU each",
                "memory");
    std::printf("| %s | %s | %s | %s | %s |\n", std::string(72, '-').c_str(), std::string(22, '-').c_str(),
                std::string(7, '-').c_str(), std::string(9, '-').c_str(), std::string(9, '-').c_str());
    std::fflush(stdout);
}

inline void row(const std::string& what, const std::string& figure, const Beside& beside = {}) {
    const std::string ratio = beside.ratio > 0 ? text("%.2f", beside.ratio) : "";
    const std::string cpu = beside.cpu > 0 ? text("%.1f us", beside.cpu) : "";
    std::printf("| %-72s | %-22s | %-7s | %-9s | %-9s |\n", what.c_str(), figure.c_str(), ratio.c_str(),
                cpu.c_str(), beside.memory.c_str());
    std::fflush(stdout);
}

}  // namespace enrichd::test

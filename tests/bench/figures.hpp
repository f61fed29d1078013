// What the measurements share: how a process is looked at, and how a figure is printed.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace enrichd::test {

inline double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
    return values[values.size() / 2];
}

inline long resident_kilobytes(pid_t pid) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    return std::stol(status.substr(status.find("VmRSS:") + 6));
}

inline double cpu_seconds(pid_t pid) {
    std::istringstream stat(read_file("/proc/" + std::to_string(pid) + "/stat"));
    std::string skip;
    for (int i = 0; i < 13; ++i) stat >> skip;
    double user = 0;
    double system = 0;
    stat >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

inline void row(const char* what, const std::string& figure) {
    std::printf("| %-58s | %-34s |\n", what, figure.c_str());
}

template <class... Values>
std::string text(const char* format, Values... values) {
    char out[128];
    std::snprintf(out, sizeof out, format, values...);
    return out;
}

/// The embedded engine: scores, lists, first contacts, its HTTP interface.
void measure_embedded();

}  // namespace enrichd::test

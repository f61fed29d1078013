// What the kernel says of this process.
#pragma once

#include <cstdint>

namespace enrichd {

struct ProcessFigures {
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    double cpu_seconds = 0;  // user and system, of all threads
    std::uint64_t open_files = 0;
    std::uint64_t max_files = 0;
    std::uint64_t threads = 0;
};

/// From /proc/self; what cannot be read is 0.
ProcessFigures process_figures();

}  // namespace enrichd

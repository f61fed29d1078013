// What became of the reloads of the configuration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace enrichd {

struct Reloads {
    std::uint64_t good = 0;
    std::uint64_t failed = 0;
    bool last_good = true;
    std::size_t errors = 0;             // of the last one; the log has them
    std::string refusal;                // why the last one changed nothing, a sentence; empty when it did
    std::vector<std::string> problems;  // errors and warnings of the last one, each with its place
    std::string restart_keys;           // changed since the start, without effect yet; "outputs, state.sync"
    WallTime last;                      // a reload, or the start
    WallTime last_success;              // the same
};

}  // namespace enrichd

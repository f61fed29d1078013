// What became of the reloads of the configuration.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace enrichd {

struct Reloads {
    std::uint64_t good = 0;
    std::uint64_t failed = 0;
    bool last_good = true;
    std::size_t errors = 0;    // of the last one; the log has them
    std::string restart_keys;  // changed since the start, without effect yet; "outputs, state.sync"
    WallTime last;             // a reload, or the start
    WallTime last_success;     // the same
};

}  // namespace enrichd

// A question to an upstream that has no answer yet, as an operator sees it.
#pragma once

#include <cstddef>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace enrichd {

struct OpenQuestion {
    std::string key;          // the domain, or "hostname/NAME"
    std::size_t waiting = 0;  // alerts
    Clock::duration age{};    // since it was opened
    error last_failure;       // of the latest try; none: it was not tried, or is on the wire
};

}  // namespace enrichd

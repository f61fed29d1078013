// What the admin side looks at. Everything runs on one thread, so the parts are asked themselves.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "admin/history.hpp"
#include "base/clock.hpp"
#include "base/reporting.hpp"

namespace enrichd {

/// All outlive it.
struct View {
    const std::vector<std::unique_ptr<Reporting>>& parts;  // in the order in which their checks are shown
    const History& history;
    std::string_view version;
    WallClock::time_point started;
    Clock::time_point begun = Clock::now();  // the same, by a clock that nobody sets
};

/// For the history.
Totals totals_of(const View& view);

}  // namespace enrichd

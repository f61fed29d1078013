// What the events of all stages say of the domain that they are about.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace enrichd {

/// For as long as the event is built: it owns nothing.
struct EventDomain {
    std::string_view name;  // the registrable domain; empty when it is not known
    std::optional<WallTime> registered{};
    WallTime now = wall_seconds(WallClock::now());

    /// Whole days since it was registered. Nothing when that is not known, or lies in the future by more than
    /// a day, which clocks and time zones make.
    std::optional<long> age_days() const;

    /// "2026-11-21"; empty when it is not known.
    std::string registered_on() const;

    /// "registered 3 days ago", "registered today"; empty when the age is not known.
    std::string registered_when() const;
};

}  // namespace enrichd

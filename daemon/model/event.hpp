// What Wazuh gets.
#pragma once

#include <string>
#include <string_view>

#include "model/alert.hpp"
#include "model/domain_stats_verdict.hpp"

namespace enrichd {

struct Event {
    std::string_view kind;  // "domain_stats", "domain_stats_error": for metrics and the log
    std::string location;   // as model/location.hpp builds it
    Agent agent;
    std::string json;  // compact, begins {", valid UTF-8, at most max_event_bytes
};

/// An alert holds its event twice and is cut by Wazuh at 64 KiB, so an event stays far below (facts: keep
/// under 8 KiB).
inline constexpr std::size_t max_event_bytes = 8 * 1024;

/// The keys of the original integration and `alert_id`. When it is too long, alerts are dropped from the end
/// and
/// `"truncated":true` says so.
Event domain_stats_event(const Alert& alert, const DomainStatsAnswer& answer);

/// The same for a look-up that failed: `text` says why. Rules of the original integration match on it.
Event domain_stats_error(const Alert& alert, std::string_view text);

}  // namespace enrichd

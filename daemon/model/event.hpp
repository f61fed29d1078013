// What Wazuh gets.
#pragma once

#include <string>
#include <string_view>

#include "model/alert.hpp"
#include "model/domain_stats_verdict.hpp"
#include "model/otx_verdict.hpp"

namespace enrichd {

/// Where an event goes.
enum class Destination {
    siem,            // Wazuh's queue
    active_response  // Wazuh's log of active responses, for what a rule asked about by one
};

struct Event {
    std::string_view kind;  // "domain_stats", "domain_stats_error", "otx": for metrics and the log
    std::string location;   // as model/location.hpp builds it
    Agent agent;
    std::string json;  // compact, begins {", valid UTF-8, see max_event_bytes
    Destination destination = Destination::siem;
};

/// An alert holds its event twice and is cut by Wazuh at 64 KiB, so an event stays far below (facts: keep
/// under 8 KiB). What is too long is cut from its least useful end, and `"truncated":true` says so; only
/// hostile texts of one pulse, all control characters, can make it longer (below 24 KiB).
inline constexpr std::size_t max_event_bytes = 8 * 1024;

/// The keys of the original integration and `alert_id`.
Event domain_stats_event(const Alert& alert, const DomainStatsAnswer& answer);

/// The same for a look-up that failed: `text` says why. Rules of the original integration match on it.
Event domain_stats_error(const Alert& alert, std::string_view text);

/// What OTX says of an alert's name. Beside it stand the keys that the original script kept. In the log of
/// active responses nothing else tells whose alert it was, so there the agent is in the event.
Event otx_event(const Alert& alert, OtxSubject matched, const OtxVerdict& verdict, Destination destination);

}  // namespace enrichd

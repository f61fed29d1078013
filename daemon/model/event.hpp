// What Wazuh gets.
#pragma once

#include <string>
#include <string_view>

#include "model/alert.hpp"

namespace enrichd {

/// Where an event goes.
enum class Destination {
    siem,            // Wazuh's queue
    active_response  // Wazuh's log of active responses, for what a rule asked about by one
};

struct Event {
    std::string_view kind;  // what it says, in a word that lives for ever: for metrics and the log
    std::string location;   // as model/location.hpp builds it
    Agent agent;
    std::string json;  // compact, begins {", valid UTF-8, see max_event_bytes
    Destination destination = Destination::siem;
};

/// An alert holds its event twice and is cut by Wazuh at 64 KiB, so an event stays far below (facts: keep
/// under 8 KiB). What is too long is cut from its least useful end, and `"truncated":true` says so; only
/// hostile texts of one pulse, all control characters, can make it longer (below 24 KiB).
inline constexpr std::size_t max_event_bytes = 8 * 1024;

}  // namespace enrichd

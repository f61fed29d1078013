// What Wazuh gets.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "model/alert.hpp"
#include "model/finding_kind.hpp"

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
    std::string subject{};          // what of the domain they are about, when it is one thing of several
    bool about_agent = false;       // they are about the agent, whatever the domain
    KindSet findings{};             // that it reports; none: it is no finding, and always reported
    std::string_view confidence{};  // of who lists the name, in a word that lives for ever; else empty
    std::size_t more_at = 0;  // where in `json` more keys of its inner object may be inserted; 0: nowhere

    /// Adds `"key":value` to the inner object. `value` is JSON.
    void insert(std::string_view key, std::string_view value);
};

/// What tells the events of a stage from others, in an alert that one of Wazuh's rules raises for them.
struct OwnEvents {
    std::string_view integration;  // the field "integration"
    std::string_view title;        // of their stage, for people
    /// An active response may be answered by one: an alert that it raises must not raise an active response.
    bool answers_active_responses = false;
    std::array<std::string_view, 2> rule_groups{};  // of our rules for them; empty: none
    bool operator==(const OwnEvents&) const = default;
};

/// An alert holds its event twice and is cut by Wazuh at 64 KiB, so an event stays far below (facts: keep
/// under 8 KiB). What is too long is cut from its least useful end, and `"truncated":true` says so; only
/// hostile texts of one pulse, all control characters, can make it longer (below 24 KiB).
inline constexpr std::size_t max_event_bytes = 8 * 1024;

}  // namespace enrichd

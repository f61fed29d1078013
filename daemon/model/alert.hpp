// What enrichd needs of a Wazuh alert.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/alert_fields.hpp"
#include "model/suspicion.hpp"

namespace enrichd {

struct Agent {
    std::string id;  // "001"; "000" or empty is the manager itself
    std::string name;
    std::string ip;  // empty when the alert has none
    bool operator==(const Agent&) const = default;
};

struct Alert {
    std::string id;  // Wazuh's "1795493062.0": unique on one host for one log file
    Agent agent;

    /// The queried name as the alert has it, safe to print, not yet a HostName. Empty when there is a place
    /// for one and no name.
    std::string query;

    /// What else an analyst wants to know of it: the `source` of its events, as model/alert_context.hpp
    /// writes it. Empty: nothing.
    std::string context{};
};

/// Reads an alert of any size the caller allows, nested at most 64 deep. Bytes that are not UTF-8 (Wazuh
/// passes them through) and halves of characters are read as U+FFFD. Of several alerts in one text the first
/// is read: one is better than none. Errors: alert_not_json, alert_too_deep, own_event, name_missing,
/// name_not_text.
[[nodiscard]] result<Alert> decode_alert(std::string_view json, const AlertFields& fields);

/// The alert for which a rule raised an active response. Reads the line that Wazuh's execd writes, with
/// `fields` of within_active_response(). Nothing depends on the rule's groups. Errors: those of decode_alert,
/// and other_command when it is not "add".
[[nodiscard]] result<Alert> decode_active_response(std::string_view json, const AlertFields& fields);

}  // namespace enrichd

// What enrichd needs of a Wazuh alert.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
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

    /// What else an analyst wants to know of it: the `source` of its events, a JSON object. Empty: nothing.
    std::string context{};
};

/// Where the queried name may stand: JSON pointers (RFC 6901) in order of preference. A number leads into a
/// list too, `-` to any element of it; one that ends at a list means its texts. The first that holds a name
/// counts: "", "-" and "N/A" are none.
class AlertFields {
  public:
    static constexpr std::size_t most = 32;

    AlertFields();                                                   // the defaults of intake.fields
    explicit AlertFields(const std::vector<std::string>& pointers);  // at most so many; the rest is ignored

    static const std::vector<std::string>& default_pointers();

    /// Whether a text is a pointer that can be used here: "/", at least one key, no escape but ~0 and ~1.
    static bool valid(std::string_view pointer);

    /// The same for an alert within the message of an active response, where a name that Domain Stats was
    /// asked for comes first.
    AlertFields within_active_response() const;

    /// Alerts of these integrations are our own events: they are refused, or they would come round for ever.
    void refuse(std::vector<std::string> integrations) { refused_ = std::move(integrations); }
    bool refuses(std::string_view integration) const {
        return std::find(refused_.begin(), refused_.end(), integration) != refused_.end();
    }

    /// Each as its keys, unescaped.
    const std::vector<std::vector<std::string>>& paths() const { return paths_; }

  private:
    std::vector<std::vector<std::string>> paths_;
    std::vector<std::string> refused_;
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

// What enrichd needs of a Wazuh alert.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

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
    std::string query;  // the queried name as the alert has it, not yet a HostName
};

/// Where the queried name may stand: JSON pointers (RFC 6901) without array indices, in order of preference.
class AlertFields {
  public:
    AlertFields();  // the defaults of intake.fields
    explicit AlertFields(const std::vector<std::string>& pointers);

    static const std::vector<std::string>& default_pointers();

    /// Whether a text is a pointer that can be used here: "/" and at least one key.
    static bool valid(std::string_view pointer);

    /// Each as its keys, unescaped.
    const std::vector<std::vector<std::string>>& paths() const { return paths_; }

  private:
    std::vector<std::vector<std::string>> paths_;
};

/// Reads an alert of any size the caller allows, nested at most 64 deep. Bytes that are not UTF-8 (Wazuh
/// passes them through) are read as U+FFFD. Errors: alert_not_json, alert_too_deep, own_event, name_missing,
/// name_not_text.
[[nodiscard]] result<Alert> decode_alert(std::string_view json, const AlertFields& fields);

}  // namespace enrichd

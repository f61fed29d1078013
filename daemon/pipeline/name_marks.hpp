// What is known here of a name before any stage is asked: what lists say of it.
#pragma once

#include <boost/container/small_vector.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/finding_kind.hpp"
#include "model/host_name.hpp"

namespace enrichd {

/// What an allowlist silences unless it says otherwise: what enrichd itself finds, and lists; not what
/// others say of the name.
inline constexpr KindSet usual_allowed{
    FindingKind::first_contact, FindingKind::low_frequency,  FindingKind::suspect_frequency,
    FindingKind::new_domain,    FindingKind::list,           FindingKind::isc_first_seen,
    FindingKind::isc_warning,   FindingKind::nxdomain_burst, FindingKind::tunnel,
    FindingKind::other};

/// Alerts that ISC's list adds to those of a domain.
inline constexpr std::string_view isc_first_seen_alert = "ISC-FIRST-SEEN";
inline constexpr std::string_view isc_warning_alert = "ISC-WARNING";

struct NameMarks {
    /// The list with the most to say: of the highest confidence, else the first.
    struct Hit {
        std::string list;
        std::string label;
        std::string_view confidence;  // lives for ever
        std::string entry;            // by which the name is listed
        std::string note;             // JSON of the entry; may be empty
    };

    bool of_alert = true;    // else somebody only wants to know, and lists count no hit
    bool known = false;      // treated as established
    KindSet allowed;         // findings that are not reported
    std::string allowed_by;  // the list, or "allow" for the allowlist of the state file
    std::optional<Hit> hit;  // of a list that raises events
    boost::container::small_vector<std::string, 2> lists;  // that name it, but for those that allow it
    std::vector<std::string_view> alerts;                  // more alerts of the domain's event; live for ever
    std::string seen_by_isc;                               // a date; empty: not there
};

/// Who knows something of names, from memory.
class NameMarker {
  public:
    virtual ~NameMarker() = default;

    /// Adds to the marks what is known now. For each alert: within a microsecond or two.
    virtual void mark(const HostName& name, NameMarks& marks) const = 0;
};

}  // namespace enrichd

// Our part of ossec.conf: put in at its end between two marks, and taken out again, each after a backup.
// Wazuh's own programs are asked whether they accept the result; when one does not, the backup is put back.
#pragma once

#include <optional>
#include <string>

#include "wazuh/alert_source.hpp"
#include "wazuh/home.hpp"

namespace enrichd::wazuh {

struct Written {
    bool done = false;
    std::string detail;  // where the backup is, or why nothing was changed
};

/// Our part as it stands in a text, with its marks.
struct OurPart {
    std::size_t from = 0;
    std::size_t to = 0;
    AlertSource source = AlertSource::integration;  // what it is for
    std::string problem{};                          // why it cannot be taken out; empty when it can
};

/// Nothing when neither a mark is there nor a block that is exactly our integration.
std::optional<OurPart> our_part(const std::string& ossec_conf);

/// The text as it was before our part was put there, where that can be taken out.
std::string without_our_part(const std::string& ossec_conf);

/// What install prints for somebody who puts it there. Without marks a <logall_json> is not known to be ours.
std::string part_to_paste(AlertSource source);

/// What has to be done to a text for a source: put our part there, take it out, or nothing.
enum class ConfChange { nothing, put, take };
ConfChange change_for(const std::string& ossec_conf, AlertSource source);

/// Why nothing can be added to a text; empty when something can.
std::string objection_to_text(const std::string& ossec_conf);

/// In place of the part that is there for another source.
Written put_our_part(const Home& home, AlertSource source);
Written take_our_part(const Home& home);

/// What Wazuh's programs object to in rules and ossec.conf; empty when they accept them, or are not there to
/// be asked.
std::string objection(const Home& home);

/// Whether both are there.
bool can_be_checked(const Home& home);

}  // namespace enrichd::wazuh

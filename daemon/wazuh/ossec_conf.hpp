// Our part of ossec.conf: put in at its end between two marks, and taken out again, each after a backup.
// Wazuh's own programs are asked whether they accept the result; when one does not, the backup is put back.
#pragma once

#include <optional>
#include <string>

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
    std::string problem{};  // why it cannot be taken out; empty when it can
};

/// Nothing when neither a mark is there nor a block that is exactly what install prints.
std::optional<OurPart> our_part(const std::string& ossec_conf);

/// Why nothing can be added to a text; empty when something can.
std::string objection_to_text(const std::string& ossec_conf);

Written put_our_part(const Home& home);
Written take_our_part(const Home& home);

/// What Wazuh's programs object to in rules and ossec.conf; empty when they accept them, or are not there to
/// be asked.
std::string objection(const Home& home);

/// Whether both are there.
bool can_be_checked(const Home& home);

}  // namespace enrichd::wazuh

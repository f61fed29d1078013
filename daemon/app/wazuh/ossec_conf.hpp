// Our part of ossec.conf: put in at its end between two marks, and taken out again, each after a backup.
// Wazuh's own programs are asked whether they accept the result; when one does not, the backup is put back.
#pragma once

#include <filesystem>
#include <string>

#include "app/wazuh/home.hpp"

namespace enrichd::wazuh {

struct Written {
    bool done = false;
    std::string detail;  // where the backup is, or why nothing was changed
};

/// Whether our marks are there.
bool has_our_part(const std::string& ossec_conf);

Written put_our_part(const Home& home);
Written take_our_part(const Home& home);

/// What Wazuh's programs object to in rules and ossec.conf; empty when they accept them, or are not there to
/// be asked.
std::string objection(const Home& home);

/// Replaces or makes a file in one step. Errors: what the system says, as a sentence; empty when it is done.
std::string place_file(const std::filesystem::path& file, std::string_view bytes, unsigned user,
                       unsigned group, unsigned mode);

}  // namespace enrichd::wazuh

// Files of Wazuh's that we write: each in one step, and durable.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace enrichd::wazuh {

/// Replaces or makes a file in one step; a file that is mounted there by itself cannot be replaced and is
/// written in place. Errors: what the system says, as a sentence; empty when it is done.
std::string place_file(const std::filesystem::path& file, std::string_view bytes, unsigned user,
                       unsigned group, unsigned mode);

}  // namespace enrichd::wazuh

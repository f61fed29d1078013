// Files that are a part of the program, so that a fresh machine needs nothing.
#pragma once

#include <string_view>

namespace enrichd::built_in {

/// frequency_table.json, as scripts/frequency-table made it.
std::string_view frequency_table();

/// name_model.bin, as scripts/train-model made it.
std::string_view name_model();

/// rdap_bootstrap.json: the servers of the registries, as IANA publishes them (RFC 9224).
std::string_view rdap_bootstrap();

}  // namespace enrichd::built_in

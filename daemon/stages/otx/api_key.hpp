// The key for OTX: where it may come from, and what is not taken.
#pragma once

#include <string>

#include "base/secret.hpp"

namespace enrichd {

inline constexpr const char* otx_key_variable = "ENRICHD_OTX_API_KEY";

struct ApiKey {
    Secret key;           // empty: there is none
    std::string source;   // where it came from, for the log
    std::string problem;  // a sentence, without the key, when one is there and must not be used
    bool odd = false;     // it does not look like a key of OTX
};

/// From `file` when one is named; else the credential `otx_api_key` of systemd; else $ENRICHD_OTX_API_KEY,
/// which is wiped from the environment at the first call and remembered. A named file must be a regular one
/// of at most 4 KiB that others may not read or write; white space around the key is ignored; a key is
/// printable ASCII.
ApiKey find_api_key(const std::string& file);

}  // namespace enrichd

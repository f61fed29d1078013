// The configuration that is in effect, key by key, with where each value comes from.
#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace enrichd {

struct EffectiveKey {
    std::string key;    // "intake.socket", "lists[1].name"
    std::string value;  // as YAML, on one line; credentials in URLs are masked
    int line = 0;       // of the file, which gives it; 0: the default
};

/// In the order of the reference. `parsed` has no errors.
std::vector<EffectiveKey> effective_keys(const ParsedConfig& parsed);

}  // namespace enrichd

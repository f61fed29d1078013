// How deep a JSON document is: the library writes one by recursion, and strangers may nest as they like.
#pragma once

namespace enrichd {

/// Whether arrays and objects lie within each other more than `most` times.
template <class Json>
bool deeper_than(const Json& value, int most) {
    if (!value.is_structured()) return false;
    if (most == 0) return true;
    for (const auto& one : value)
        if (deeper_than(one, most - 1)) return true;
    return false;
}

/// Of a verdict as the state file has it.
inline constexpr int deepest_verdict = 8;

}  // namespace enrichd

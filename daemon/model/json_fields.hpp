// JSON from upstreams, read without believing in its types.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace enrichd {

struct JsonBounds {
    int depth = 8;
    std::size_t values = 10'000;  // that are kept; of unwanted members none is, nor does their depth count

    /// Whether the value of a key at a depth (1: of the outermost object) is kept; unset: all are.
    std::function<bool(std::string_view key, int depth)> wanted{};
};

/// Bytes that are no UTF-8 and halves of characters become U+FFFD; NaN and Infinity, as Python writes them,
/// become null. Errors: body_not_json, also when it is too
/// deep; body_too_large when there is more to keep than may be.
[[nodiscard]] error parse_json(std::string_view body, const JsonBounds& bounds, nlohmann::json& out);

/// A text as it is; anything else as JSON writes it; nothing for null. Cut to `most` bytes.
std::string text_of(const nlohmann::json& value, std::size_t most);

/// The same of a member of an object; nothing when there is none.
std::string text_at(const nlohmann::json& object, const char* key, std::size_t most);

/// The member when it is a list, else an empty list.
const nlohmann::json& list_at(const nlohmann::json& object, const char* key);

}  // namespace enrichd

// The JSON of an event that has one inner object.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace enrichd {

/// {"integration":NAME,NAME:{inner, "source":context}}, compact. Of more than max_event_bytes the context
/// gets shorter, then the key `spare` of `inner` is left out, and "truncated":true says so. `context` is
/// JSON, or empty.
std::string event_json(std::string_view name, nlohmann::ordered_json inner, std::string context,
                       std::string_view spare);

}  // namespace enrichd

// What the HTTP providers share: how a name becomes a target, and whether an answer is JSON.
#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"

namespace enrichd {

/// Everything but letters, digits and `-._~` as %XX: one path segment, whatever a name holds (RFC 3986 2.3).
std::string percent_encoded(std::string_view text);

bool declares_json(const HttpResponse& response);

}  // namespace enrichd

// What the HTTP providers share: how a name becomes a target, and whether an answer is JSON.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

namespace enrichd {

/// Everything but letters, digits and `-._~` as %XX: one path segment, whatever a name holds (RFC 3986 2.3).
std::string percent_encoded(std::string_view text);

/// By its media type, whatever its parameters. Some servers declare JSON as another type, or as none: what
/// can be read all the same is an answer, and what cannot is content_type rather than body_not_json.
bool declares_json(const HttpResponse& response, std::string_view media_type = "application/json");

/// Why a body could not be read.
error unreadable(const HttpResponse& response, const error& failure);

/// What a status says of a server, whatever it serves: rate_limited (429), deadline (408), gateway_status
/// (502 to 504), http_status (any other but 200).
error meaning_of(unsigned status);

/// Retry-After, in seconds or as a date by the server's clock.
std::optional<std::chrono::seconds> wait_asked_for(const HttpResponse& response);

}  // namespace enrichd

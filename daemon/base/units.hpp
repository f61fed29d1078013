// Durations and dates, and how they are written.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace enrichd {

/// "250ms", "15s", "10m", "1h", "7d": digits and one unit, at most ten years. Anything else is no duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that parse_duration reads as the same duration.
std::string to_text(std::chrono::milliseconds duration);

/// "Tue, 24 Nov 2026 03:55:50 GMT", as HTTP and Domain Stats write dates, or one of the two older forms that
/// HTTP has (RFC 9110 5.6.7). A day that no calendar has is no date.
std::optional<WallTime> parse_http_date(std::string_view text);

std::string to_http_date(WallTime time);

/// ISO 8601, "2026-07-02T09:14:07.412000+02:00", as upstreams write it: the day alone; "t", "z" or a blank;
/// no seconds, no fraction; "+0200" or " UTC"; no zone at all, which is UTC. A day that no
/// calendar has is no date.
std::optional<WallTime> parse_iso_date(std::string_view text);

/// "2026-07-02T09:14:07Z"
std::string to_iso_date(WallTime time);

}  // namespace enrichd

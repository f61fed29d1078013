// Texts for people at a terminal.
#pragma once

#include <cstdint>
#include <string>

namespace enrichd {

/// Without control characters and what changes the direction of a text: a name from outside may hold them.
std::string fit_for_terminal(const std::string& text);

/// A JSON object, one line for each member: members of members indented, lists joined.
std::string as_lines(const std::string& json);

/// "1,234,567"
std::string grouped(std::uint64_t number);

/// "1.5 MiB"
std::string readable_bytes(double bytes);

/// "3 d 4 h", "12 min", "8 s", "250 ms", "90 us"
std::string readable_duration(double seconds);

}  // namespace enrichd

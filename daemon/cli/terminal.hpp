// Texts for people at a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/terminal_text.hpp"

namespace enrichd {

/// A JSON object, one line for each member: members of members indented, lists joined.
std::string as_lines(const std::string& json);

/// A cell of a table: at least `width` characters, and two blanks.
std::string padded(std::string text, std::size_t width);

/// "1,234,567"
std::string grouped(std::uint64_t number);

/// "1 alert", "1,234 alerts", "0 alerts". `plural` where it is not the word with an s.
std::string counted(std::uint64_t number, const std::string& word, const std::string& plural = {});

/// Of a count each second: "0/s", "0.25/s", "1,800/s".
std::string readable_rate(double per_second);

/// "1.5 MiB"
std::string readable_bytes(double bytes);

/// "3 d 4 h", "12 min", "8 s", "250 ms", "90 us"
std::string readable_duration(double seconds);

/// Whether what is written there is seen in colour: a terminal that has some, unless $NO_COLOR is set
/// (no-color.org).
bool wants_colour(int descriptor);

/// With colours for states ("ok", "degraded", "down") and for "error:" and "warning:" at the beginning of a
/// line. For text that was made fit for a terminal.
std::string in_colour(const std::string& text);

}  // namespace enrichd

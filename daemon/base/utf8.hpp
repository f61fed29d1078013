// Text from outside becomes valid UTF-8 before it is used.
#pragma once

#include <string>
#include <string_view>

namespace enrichd {

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool valid_utf8(std::string_view text);

/// The text with each byte that fits nowhere replaced by U+FFFD.
std::string repaired_utf8(std::string_view text);

/// JSON text with each escape of half a character (`\ud800` without its other half) replaced by `\ufffd`,
/// which parsers refuse otherwise.
std::string repaired_escapes(std::string_view json);

/// The characters of valid UTF-8.
std::u32string characters_of(std::string_view text);

/// The length in bytes of the character at the front of `text`, which is not empty; 0 when it is no UTF-8.
std::size_t utf8_length(std::string_view text);

/// The longest prefix of at most `bytes` bytes that does not cut a character of valid UTF-8.
std::string_view cut_utf8(std::string_view text, std::size_t bytes);

/// The longest end of at most `bytes` bytes, likewise.
std::string_view end_of_utf8(std::string_view text, std::size_t bytes);

}  // namespace enrichd

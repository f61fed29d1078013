// Punycode (RFC 3492): characters beyond ASCII written in letters, digits and hyphens, as labels of host
// names have them behind "xn--".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace enrichd::punycode {

/// Nothing when it would not fit into 32 bits.
std::optional<std::string> encode(std::u32string_view text);

/// Nothing for what nobody encodes so, or a text of more than 63 characters.
std::optional<std::u32string> decode(std::string_view text);

}  // namespace enrichd::punycode

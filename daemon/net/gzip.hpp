// Compressed answers, unpacked no further than they may grow.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace enrichd {

/// One gzip member (RFC 1952) as text of at most `most` bytes. Errors: body_too_large; body_encoding when it
/// is damaged, cut, or followed by anything.
[[nodiscard]] result<std::string> gunzip(std::string_view packed, std::size_t most);

}  // namespace enrichd

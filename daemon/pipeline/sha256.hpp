// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <string_view>

namespace enrichd {

using Sha256 = std::array<unsigned char, 32>;

/// Throws std::runtime_error when OpenSSL has none.
Sha256 sha256(std::string_view bytes);

}  // namespace enrichd

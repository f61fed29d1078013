// SHA-256 (FIPS 180-4), by OpenSSL.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace enrichd {

using Sha256 = std::array<unsigned char, 32>;

/// Throws std::runtime_error when OpenSSL has none.
Sha256 sha256(std::string_view bytes);

/// The first 64 bits of it, where a number is enough to tell texts apart.
inline std::uint64_t short_hash(std::string_view bytes) {
    const Sha256 digest = sha256(bytes);
    std::uint64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

}  // namespace enrichd

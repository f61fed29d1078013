// How sure somebody is of what he says of a name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace enrichd {

/// Rising.
enum class Confidence : std::uint8_t { low, medium, high };

inline constexpr std::array<std::string_view, 3> confidence_names{"low", "medium", "high"};

constexpr std::string_view label(Confidence confidence) {
    return confidence_names[static_cast<std::size_t>(confidence)];
}

}  // namespace enrichd

// What the name model looks at: the groups of one to four neighbouring characters of a label, and its length.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace enrichd::name_features {

inline constexpr std::size_t slots = 65'536;

namespace detail {

inline constexpr std::uint32_t bits = 6;  // of a character
inline constexpr std::uint32_t edge = 39;

constexpr std::uint32_t code(char c) {
    constexpr std::uint32_t hyphen = 37;
    constexpr std::uint32_t other = 38;
    if (c >= 'a' && c <= 'z') return 1 + static_cast<std::uint32_t>(c - 'a');
    if (c >= '0' && c <= '9') return 27 + static_cast<std::uint32_t>(c - '0');
    return c == '-' ? hyphen : other;
}

/// Groups that share a slot share its weight.
constexpr std::uint32_t slot(std::uint32_t kind, std::uint32_t value) {
    std::uint32_t mixed = ((kind << (4 * bits)) | value) * 0x9E3779B1U;
    mixed ^= mixed >> 15U;
    mixed *= 0x85EBCA77U;
    return mixed >> 16U;
}

}  // namespace detail

/// Calls `use` with the slot of each group, also of those that hold the label's edges. `label` is in lower
/// case and not empty. The same slot can come twice.
template <class Use>
constexpr void each(std::string_view label, Use use) {
    using namespace detail;
    constexpr std::uint32_t longest_counted = 40;
    std::uint32_t last = edge;  // the last four characters
    const auto groups_that_end_here = [&](std::size_t length) {
        for (std::uint32_t size = 2; size <= std::min<std::size_t>(length, 4); ++size)
            use(slot(size, last & ((1U << (size * bits)) - 1)));
    };
    for (std::size_t i = 0; i < label.size(); ++i) {
        const std::uint32_t character = code(label[i]);
        last = (last << bits) | character;
        use(slot(1, character));
        groups_that_end_here(i + 2);
    }
    last = (last << bits) | edge;
    groups_that_end_here(label.size() + 2);
    use(slot(5, static_cast<std::uint32_t>(std::min<std::size_t>(label.size(), longest_counted))));
}

}  // namespace enrichd::name_features

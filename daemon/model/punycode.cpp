#include "model/punycode.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace enrichd::punycode {
namespace {

// RFC 3492, section 5.
constexpr std::uint32_t base = 36;
constexpr std::uint32_t t_min = 1;
constexpr std::uint32_t t_max = 26;
constexpr std::uint32_t skew = 38;
constexpr std::uint32_t damp = 700;
constexpr std::uint32_t initial_bias = 72;
constexpr char32_t first_not_basic = 0x80;

constexpr std::uint32_t last_character = 0x10ffff;
constexpr std::size_t max_characters = 63;

constexpr std::string_view digits = "abcdefghijklmnopqrstuvwxyz0123456789";

std::uint32_t threshold(std::uint32_t position, std::uint32_t bias) {
    return position <= bias ? t_min : std::min(position - bias, t_max);
}

/// Section 6.1.
std::uint32_t adapted(std::uint32_t delta, std::size_t characters, bool first_time) {
    delta /= first_time ? damp : 2;
    delta += delta / static_cast<std::uint32_t>(characters);
    std::uint32_t shift = 0;
    for (; delta > (base - t_min) * t_max / 2; shift += base) delta /= base - t_min;
    return shift + (base - t_min + 1) * delta / (delta + skew);
}

void append_number(std::string& out, std::uint32_t number, std::uint32_t bias) {
    for (std::uint32_t position = base;; position += base) {
        const std::uint32_t t = threshold(position, bias);
        if (number < t) break;
        out.push_back(digits[t + (number - t) % (base - t)]);
        number = (number - t) / (base - t);
    }
    out.push_back(digits[number]);
}

/// Takes a number off the front of `text`.
std::optional<std::uint32_t> take_number(std::string_view& text, std::uint32_t bias) {
    std::uint64_t number = 0;
    std::uint64_t weight = 1;
    for (std::uint32_t position = base; !text.empty(); position += base) {
        const char c = text.front();
        const std::size_t digit = digits.find(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
        if (digit == std::string_view::npos) return std::nullopt;
        text.remove_prefix(1);
        number += digit * weight;
        if (number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
        const std::uint32_t t = threshold(position, bias);
        if (digit < t) return static_cast<std::uint32_t>(number);
        weight *= base - t;
        if (weight > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> encode(std::u32string_view text) {
    std::string out;
    for (const char32_t c : text)
        if (c < first_not_basic) out.push_back(static_cast<char>(c));
    const std::size_t basic = out.size();
    if (basic > 0) out.push_back('-');

    std::uint64_t delta = 0;
    std::uint32_t bias = initial_bias;
    char32_t done = first_not_basic;  // all characters below are written
    for (std::size_t written = basic; written < text.size(); ++delta, ++done) {
        char32_t next = last_character + 1;
        for (const char32_t c : text)
            if (c >= done) next = std::min(next, c);
        delta += static_cast<std::uint64_t>(next - done) * (written + 1);
        done = next;
        for (const char32_t c : text) {
            if (delta > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
            if (c < done) ++delta;
            if (c != done) continue;
            append_number(out, static_cast<std::uint32_t>(delta), bias);
            bias = adapted(static_cast<std::uint32_t>(delta), written + 1, written == basic);
            delta = 0;
            ++written;
        }
    }
    return out;
}

std::optional<std::u32string> decode(std::string_view text) {
    const std::size_t hyphen = text.rfind('-');
    const std::string_view basic = text.substr(0, hyphen == std::string_view::npos ? 0 : hyphen);
    const bool ascii = std::all_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < first_not_basic; });
    if (!ascii || text.size() > max_characters) return std::nullopt;
    std::u32string out(basic.begin(), basic.end());
    text.remove_prefix(hyphen == std::string_view::npos ? 0 : hyphen + 1);

    std::uint64_t character = first_not_basic;
    std::uint64_t place = 0;
    std::uint32_t bias = initial_bias;
    while (!text.empty()) {
        const auto delta = take_number(text, bias);
        if (!delta) return std::nullopt;
        bias = adapted(*delta, out.size() + 1, out.size() == basic.size());
        place += *delta;
        character += place / (out.size() + 1);
        place %= out.size() + 1;
        if (character > last_character || (character >= 0xd800 && character <= 0xdfff)) return std::nullopt;
        out.insert(out.begin() + static_cast<std::ptrdiff_t>(place), static_cast<char32_t>(character));
        ++place;
    }
    return out;
}

}  // namespace enrichd::punycode

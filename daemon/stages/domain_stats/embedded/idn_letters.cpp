#include "stages/domain_stats/embedded/idn_letters.hpp"

#include <algorithm>
#include <optional>

#include "model/punycode.hpp"

namespace enrichd {
namespace {

constexpr std::string_view prefix = "xn--";
constexpr char32_t first_marked = 0xe0;

/// Of U+00E0 to U+017F, in order; `*` has none.
constexpr std::string_view base_letters =
    "aaaaaaaceeeeiiiidnooooo*ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggg"
    "gggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssss"
    "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(base_letters.size() == 0x180 - first_marked);

char readable(char32_t c) {
    constexpr char32_t sharp_s = 0xdf;
    if (c < 0x80) return static_cast<char>(c);
    if (c == sharp_s) return 's';
    if (c < first_marked || c - first_marked >= base_letters.size()) return other_letter;
    const char letter = base_letters[c - first_marked];
    return letter == '*' ? other_letter : letter;
}

void append_label(std::string& out, std::string_view label) {
    const auto decoded =
        label.starts_with(prefix) ? punycode::decode(label.substr(prefix.size())) : std::nullopt;
    const bool international =
        decoded && std::any_of(decoded->begin(), decoded->end(), [](char32_t c) { return c >= 0x80; });
    if (!international) {
        out.append(label);
        return;
    }
    for (const char32_t c : *decoded) out.push_back(readable(c));
}

}  // namespace

std::string readable_letters(std::string_view domain) {
    if (domain.find(prefix) == std::string_view::npos) return std::string(domain);
    std::string out;
    for (;;) {
        const std::size_t dot = domain.find('.');
        append_label(out, domain.substr(0, dot));
        if (dot == std::string_view::npos) return out;
        out.push_back('.');
        domain.remove_prefix(dot + 1);
    }
}

bool enough_letters(std::string_view letters) {
    if (letters.find(other_letter) == std::string_view::npos) return true;
    const std::string_view label = letters.substr(0, letters.find('.'));
    for (std::size_t i = 1; i < label.size(); ++i)
        if (label[i - 1] != other_letter && label[i] != other_letter) return true;
    return false;
}

}  // namespace enrichd

#include "base/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/utf8.hpp"

namespace enrichd {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

/// All that is above ASCII and not to be shown as it is.
constexpr std::array unfit{
    Range{0x80, 0x9f},        // C1
    Range{0xad, 0xad},        // soft hyphen
    Range{0x61c, 0x61c},      // Arabic letter mark
    Range{0x115f, 0x1160},    // Hangul fillers
    Range{0x17b4, 0x17b5},    // Khmer vowels without a glyph
    Range{0x180e, 0x180e},    // Mongolian vowel separator
    Range{0x200b, 0x200f},    // zero width, marks of direction
    Range{0x2028, 0x202e},    // line and paragraph separator, embeddings, overrides
    Range{0x2060, 0x206f},    // zero width, isolates
    Range{0x3164, 0x3164},    // Hangul filler
    Range{0xfeff, 0xfeff},    // byte order mark
    Range{0xfff9, 0xfffb},    // interlinear annotation
    Range{0xe0000, 0xe007f},  // tags
};

char32_t code_point(std::string_view character) {
    const auto byte = [&](std::size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(character[i]));
    };
    if (character.size() == 1) return byte(0);
    char32_t value = byte(0) & (0x7fU >> character.size());
    for (std::size_t i = 1; i < character.size(); ++i) value = value << 6U | (byte(i) & 0x3fU);
    return value;
}

bool is_unfit(char32_t c) {
    if (c < 0x80) return c < ' ' || c == 0x7f;
    return std::any_of(unfit.begin(), unfit.end(),
                       [c](const Range& one) { return one.first <= c && c <= one.last; });
}

void add_escape(std::string& out, const char* format, unsigned value) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), format, value);
    out += text.data();
}

void add_escaped(std::string& out, char32_t c) {
    if (c == '\n')
        out += "\\n";
    else if (c == '\r')
        out += "\\r";
    else if (c == '\t')
        out += "\\t";
    else if (c < 0x10000)
        add_escape(out, "\\u%04x", static_cast<unsigned>(c));
    else {  // as JSON writes it, in two halves
        add_escape(out, "\\u%04x", static_cast<unsigned>(0xd800 + ((c - 0x10000) >> 10U)));
        add_escape(out, "\\u%04x", static_cast<unsigned>(0xdc00 + ((c - 0x10000) & 0x3ffU)));
    }
}

std::string shown(std::string_view text, bool lines) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) {
            add_escape(out, "\\x%02x", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        const char32_t c = code_point(text.substr(0, length));
        if (is_unfit(c) && !(lines && (c == '\n' || c == '\t')))
            add_escaped(out, c);
        else
            out.append(text.substr(0, length));
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace

std::string fit_for_terminal(std::string_view text) {
    return shown(text, false);
}

std::string lines_for_terminal(std::string_view text) {
    return shown(text, true);
}

}  // namespace enrichd

#include "model/json_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/utf8.hpp"

namespace enrichd {
namespace {

bool plain(char c) {
    return static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
    constexpr std::string_view named = "\"\\\b\f\n\r\t";
    constexpr std::string_view names = "\"\\bfnrt";
    constexpr std::string_view digits = "0123456789abcdef";
    out.push_back('\\');
    if (const std::size_t at = named.find(c); at != std::string_view::npos) {
        out.push_back(names[at]);
        return;
    }
    const auto code = static_cast<unsigned char>(c);
    out.append("u00");
    out.push_back(digits[code >> 4U]);
    out.push_back(digits[code & 15U]);
}

}  // namespace

void append_json(std::string& out, std::string_view text) {
    if (!valid_utf8(text)) {
        append_json(out, std::string_view(repaired_utf8(text)));
        return;
    }
    out.push_back('"');
    for (auto at = text.begin(); at != text.end();) {
        const auto odd = std::find_if_not(at, text.end(), plain);
        out.append(at, odd);
        at = odd;
        if (odd != text.end()) append_escaped(out, *at++);
    }
    out.push_back('"');
}

void append_json(std::string& out, double number) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
    out.append(text);
    if (text.find_first_not_of("-0123456789") == std::string_view::npos) out.append(".0");
}

}  // namespace enrichd

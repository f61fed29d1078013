#include "model/name_text.hpp"

#include <idn2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <system_error>
#include <utility>

#include "base/utf8.hpp"
#include "model/punycode.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_in_field = 1024;
constexpr std::size_t max_utf8 = 4 * 253;  // no longer name could fit into 253 characters

bool ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}
bool odd(char c) {
    return (ascii(c) && c <= ' ') || c == 0x7f;
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}

void append_escaped(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('\\');
    for (const unsigned unit : {100U, 10U, 1U}) out.push_back(static_cast<char>('0' + byte / unit % 10));
}

/// "(3)www(1)x(3)com(0)", when it is written so.
std::optional<std::string> from_debug_log(std::string_view text) {
    std::string out;
    while (text.starts_with('(')) {
        std::size_t length = 0;
        const char* const end = text.data() + text.size();
        const auto [rest, ec] = std::from_chars(text.data() + 1, end, length);
        if (ec != std::errc{} || rest == end || *rest != ')') return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()) + 1);
        if (length == 0) return text.empty() && !out.empty() ? std::optional(out) : std::nullopt;
        if (length > text.size()) return std::nullopt;
        if (!out.empty()) out.push_back('.');
        out.append(text.substr(0, length));
        text.remove_prefix(length);
    }
    return std::nullopt;
}

std::optional<std::string> by_idna(const std::string& text) {
    char* raw = nullptr;
    const int rc = idn2_to_ascii_8z(text.c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<char, decltype(&idn2_free)> owned(raw, &idn2_free);
    if (rc != IDN2_OK) return std::nullopt;
    std::string name(raw);
    // U+2009 and other blanks become a plain one.
    if (std::any_of(name.begin(), name.end(), odd)) return std::nullopt;
    return name;
}

/// Emoji and their like, which IDNA 2008 does not allow and some registries sell all the same.
bool symbol(char32_t c) {
    return (c >= 0x2190 && c <= 0x27bf) || (c >= 0x2900 && c <= 0x297f) || (c >= 0x2b00 && c <= 0x2bff) ||
           c == 0x3030 || c == 0x303d || c == 0x3297 || c == 0x3299 || (c >= 0x1f000 && c <= 0x1faff);
}

std::optional<std::string> by_symbols(std::string_view label) {
    constexpr char32_t variation = 0xfe0f;  // the same character, in colour
    constexpr char32_t joiner = 0x200d;
    std::u32string characters = characters_of(label);
    std::erase(characters, variation);
    for (char32_t& c : characters)
        if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
    const bool of_symbols = std::all_of(characters.begin(), characters.end(),
                                        [](char32_t c) { return c < 0x80 || c == joiner || symbol(c); });
    if (!of_symbols || !std::any_of(characters.begin(), characters.end(), symbol)) return std::nullopt;
    const auto encoded = punycode::encode(characters);
    return encoded ? std::optional("xn--" + *encoded) : std::nullopt;
}

/// The next label, and its dot gone from the front of `text`.
std::string_view take_label(std::string_view& text, bool& last) {
    static constexpr std::array<std::string_view, 4> dots{".", "\xe3\x80\x82", "\xef\xbc\x8e",
                                                          "\xef\xbd\xa1"};  // UTS 46: U+3002, U+FF0E, U+FF61
    std::size_t end = std::string_view::npos;
    std::size_t length = 0;
    for (const std::string_view dot : dots)
        if (const std::size_t at = text.find(dot); at < end) {
            end = at;
            length = dot.size();
        }
    const std::string_view label = text.substr(0, end);
    last = end == std::string_view::npos;
    text.remove_prefix(last ? text.size() : end + length);
    return label;
}

void append_label(AsciiName& out, std::string_view label) {
    const bool is_ascii = std::all_of(label.begin(), label.end(), ascii);
    const bool is_odd = std::any_of(label.begin(), label.end(), odd);
    std::optional<std::string> converted;
    if (is_ascii && !is_odd) converted = label;
    if (!is_ascii && !is_odd && valid_utf8(label)) {
        converted = by_idna(std::string(label));
        if (converted && converted->find('.') != std::string::npos) converted.reset();
        if (!converted) converted = by_symbols(label);
    }
    if (converted) {
        out.text.append(*converted);
        return;
    }
    out.proper = false;
    for (const char c : label)
        if (ascii(c) && !odd(c))
            out.text.push_back(c);
        else
            append_escaped(out.text, c);
}

/// The end of it, which does not begin with a dot for that.
AsciiName shortened(AsciiName name) {
    const std::size_t over = name.text.size() - std::min(name.text.size(), max_utf8);
    name.text.erase(0, name.text.find_first_not_of('.', over));
    name.proper = false;
    return name;
}

}  // namespace

std::string_view trimmed_name(std::string_view text) {
    while (!text.empty() && odd(text.front())) text.remove_prefix(1);
    while (!text.empty() && odd(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view without_port(std::string_view text) {
    constexpr std::size_t max_port = 5;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || text.find(':') != colon) return text;
    std::string_view port = text.substr(colon + 1);
    if (port.ends_with('.')) port.remove_suffix(1);
    const bool is_port =
        !port.empty() && port.size() <= max_port && std::all_of(port.begin(), port.end(), digit);
    return is_port ? text.substr(0, colon) : text;
}

std::optional<std::string> name_in_field(std::string_view text) {
    text = trimmed_name(text);
    if (const std::size_t label = text.find_first_not_of('.'); label != std::string_view::npos)
        text.remove_prefix(label);  // a label of blanks was trimmed away
    if (text.empty() || text == "-" || text == "N/A" || text == "n/a") return std::nullopt;
    std::string name = from_debug_log(text).value_or(std::string());
    if (!name.empty()) text = name;
    text = end_of_utf8(text, max_in_field);
    if (std::none_of(text.begin(), text.end(), odd)) return std::string(text);
    std::string safe;
    for (const char c : text)
        if (odd(c))
            append_escaped(safe, c);
        else
            safe.push_back(c);
    return std::string(end_of_utf8(safe, max_in_field));
}

AsciiName to_ascii_name(std::string_view text) {
    if (text.size() > max_utf8) return shortened(to_ascii_name(end_of_utf8(text, max_utf8)));
    AsciiName out;
    const bool is_ascii = std::all_of(text.begin(), text.end(), ascii);
    const bool is_odd = std::any_of(text.begin(), text.end(), odd);
    if (is_ascii && !is_odd) {
        out.text = text;
        return out;
    }
    if (!is_odd && valid_utf8(text))
        if (auto whole = by_idna(std::string(text))) {
            out.text = *std::move(whole);
            return out;
        }
    std::string_view rest = text;
    for (bool last = false; !last;) {
        append_label(out, take_label(rest, last));
        if (!last) out.text.push_back('.');
    }
    return out.text.size() > max_utf8 ? shortened(std::move(out)) : out;
}

}  // namespace enrichd

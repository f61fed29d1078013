#include "base/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>

namespace enrichd {
namespace {

bool continues(unsigned char byte) {
    return (byte & 0xc0U) == 0x80U;
}

/// How many bytes at the front of `text` are valid.
std::size_t valid_prefix(std::string_view text) {
    constexpr std::size_t step = sizeof(std::uint64_t);
    std::size_t at = 0;
    while (at < text.size()) {
        std::uint64_t eight = 0;
        if (text.size() - at >= step) {
            std::memcpy(&eight, text.data() + at, step);
            if ((eight & 0x8080808080808080ULL) == 0) {
                at += step;
                continue;
            }
        }
        const std::size_t length = utf8_length(text.substr(at));
        if (length == 0) break;
        at += length;
    }
    return at;
}

/// The UTF-16 unit of an escape at the front of JSON text, or 0.
unsigned escaped_unit(std::string_view text) {
    unsigned unit = 0;
    if (!text.starts_with("\\u") || text.size() < 6) return 0;
    const auto [rest, ec] = std::from_chars(text.data() + 2, text.data() + 6, unit, 16);
    return ec == std::errc{} && rest == text.data() + 6 ? unit : 0;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!continues(byte(i))) return 0;
    if (first == 0xe0 && byte(1) < 0xa0) return 0;  // overlong
    if (first == 0xed && byte(1) > 0x9f) return 0;  // surrogate
    if (first == 0xf0 && byte(1) < 0x90) return 0;  // overlong
    if (first == 0xf4 && byte(1) > 0x8f) return 0;  // above U+10FFFF
    return length;
}

bool valid_utf8(std::string_view text) {
    return valid_prefix(text) == text.size();
}

std::string repaired_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 16);
    while (!text.empty()) {
        const std::size_t good = valid_prefix(text);
        out.append(text.substr(0, good));
        text.remove_prefix(good);
        if (text.empty()) break;
        out.append("\xef\xbf\xbd");
        text.remove_prefix(1);
    }
    return out;
}

std::string repaired_escapes(std::string_view json) {
    constexpr std::size_t length = 6;  // \uXXXX
    std::string out(json);
    for (std::size_t at = 0; at + 1 < out.size(); at += 2) {
        at = out.find('\\', at);
        if (at == std::string::npos) break;
        const unsigned unit = escaped_unit(std::string_view(out).substr(at));
        if (unit < 0xd800 || unit > 0xdfff) continue;
        const unsigned next = escaped_unit(std::string_view(out).substr(std::min(at + length, out.size())));
        if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff)
            at += 2 * length - 2;  // a pair
        else
            out.replace(at, length, "\\ufffd");
    }
    return out;
}

std::u32string characters_of(std::string_view text) {
    std::u32string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (continues(byte) && !out.empty())
            out.back() = (out.back() << 6U) | (byte & 0x3fU);
        else
            out.push_back(byte < 0x80    ? byte
                          : byte >= 0xf0 ? byte & 7U
                          : byte >= 0xe0 ? byte & 15U
                                         : byte & 31U);
    }
    return out;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && continues(static_cast<unsigned char>(text[bytes]))) --bytes;
    return text.substr(0, bytes);
}

std::string_view end_of_utf8(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    text.remove_prefix(text.size() - bytes);
    while (!text.empty() && continues(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
    return text;
}

}  // namespace enrichd

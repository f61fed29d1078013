// What values cost beyond their own size, for caches that are bounded by memory.
#pragma once

#include <string>
#include <vector>

namespace enrichd {

/// libstdc++ keeps texts of up to 15 bytes within the string.
inline std::size_t heap_bytes(const std::string& text) {
    return text.capacity() > 15 ? text.capacity() + 1 : 0;
}

inline std::size_t heap_bytes(const std::vector<std::string>& texts) {
    std::size_t sum = texts.capacity() * sizeof(std::string);
    for (const std::string& text : texts) sum += heap_bytes(text);
    return sum;
}

}  // namespace enrichd

// Texts of the configuration as they are shown: to operators, and in what they send to others.
#pragma once

#include <string>

#include "net/upstream_url.hpp"

namespace enrichd {

/// A URL without user, password and query, which may hold a token; any other text as it is.
inline std::string masked_text(const std::string& text) {
    const std::size_t begin = text.find("://");
    if (begin == std::string::npos) return text;
    const std::string shown = without_credentials(text);
    const std::size_t query = shown.find('?');
    return query == std::string::npos ? shown : shown.substr(0, query) + "?***";
}

}  // namespace enrichd

#include "providers/rest.hpp"

#include <boost/beast/core/string.hpp>

namespace enrichd {

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            out.push_back(c);
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out.append({'%', digits[byte >> 4U], digits[byte & 15U]});
        }
    }
    return out;
}

bool declares_json(const HttpResponse& response) {
    const std::string_view type =
        std::string_view(response.content_type).substr(0, response.content_type.find(';'));
    return boost::beast::iequals(type.substr(0, type.find_last_not_of(' ') + 1), "application/json");
}

}  // namespace enrichd

#include "asking/rest.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "base/clock.hpp"
#include "base/units.hpp"

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

error meaning_of(unsigned status) {
    switch (status) {
        case 200:
            return {};
        case 408:
            return errc::deadline;
        case 429:
            return errc::rate_limited;
        case 502:
        case 503:
        case 504:
            return errc::gateway_status;
        default:
            return errc::http_status;
    }
}

std::optional<std::chrono::seconds> wait_asked_for(const HttpResponse& response) {
    const std::string& text = response.retry_after;
    std::uint32_t count = 0;
    const auto [rest, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (!text.empty() && ec == std::errc{} && rest == text.data() + text.size())
        return std::chrono::seconds(count);
    const auto until = parse_http_date(text);
    if (!until) return std::nullopt;
    const WallTime now = parse_http_date(response.date).value_or(wall_seconds(WallClock::now()));
    return std::max(*until - now, std::chrono::seconds(0));
}

bool declares_json(const HttpResponse& response, std::string_view media_type) {
    const std::string_view type =
        std::string_view(response.content_type).substr(0, response.content_type.find(';'));
    return boost::beast::iequals(type.substr(0, type.find_last_not_of(' ') + 1), media_type);
}

error unreadable(const HttpResponse& response, const error& failure) {
    const bool declared = declares_json(response) || declares_json(response, "application/rdap+json");
    const bool of_the_body = failure == errc::body_not_json || failure == errc::body_wrong_shape;
    return of_the_body && !declared ? make_error_code(errc::content_type) : failure;
}

}  // namespace enrichd

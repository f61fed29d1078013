#include "shared/redis_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <system_error>
#include <utility>
#include <vector>

namespace enrichd {
namespace {

constexpr unsigned most_databases = 16'384;

template <class Number>
bool read(std::string_view text, Number& number) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc() && end == text.data() + text.size() && !text.empty();
}

bool usable(std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") ==
               std::string_view::npos;
}

}  // namespace

std::optional<RedisUrl> parse_redis_url(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url || url->has_query() || url->has_fragment() || url->has_password()) return std::nullopt;
    const std::string_view scheme = url->scheme();
    const bool sentinel = scheme.ends_with("-sentinel");
    const std::string_view kind = scheme.substr(0, scheme.find('-'));
    if ((kind != "redis" && kind != "rediss") || (scheme != kind && !sentinel)) return std::nullopt;
    RedisUrl out;
    out.tls = kind == "rediss";
    out.host = url->host_address();
    if (!usable(out.host)) return std::nullopt;
    out.port = sentinel ? 26379 : 6379;
    if (url->has_port() && (!read(std::string_view(url->port()), out.port) || out.port == 0))
        return std::nullopt;
    out.user = url->user();
    std::vector<std::string> parts;
    for (const auto part : url->segments())
        if (std::string one = part; !one.empty()) parts.push_back(std::move(one));
    if (sentinel) {
        if (parts.empty() || !usable(parts.front())) return std::nullopt;
        out.master = parts.front();
        parts.erase(parts.begin());
    }
    if (parts.size() > 1) return std::nullopt;
    if (!parts.empty() && (!read(std::string_view(parts[0]), out.database) || out.database >= most_databases))
        return std::nullopt;
    return out;
}

}  // namespace enrichd

#include "app/upstream_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>

namespace enrichd {

std::optional<UpstreamUrl> parse_upstream_url(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed) return std::nullopt;
    const boost::urls::url_view& url = *parsed;
    if (url.scheme_id() != boost::urls::scheme::http || url.has_userinfo() || url.has_query() ||
        url.has_fragment() || url.encoded_host().empty())
        return std::nullopt;

    UpstreamUrl out;
    out.host = url.host_address();
    if (url.has_port()) {
        const std::string port = url.port();
        const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), out.port);
        if (ec != std::errc{} || end != port.data() + port.size() || out.port == 0) return std::nullopt;
    }
    out.path = std::string(url.encoded_path());
    while (out.path.ends_with('/')) out.path.pop_back();
    return out;
}

}  // namespace enrichd

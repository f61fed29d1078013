#include "net/upstream_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <system_error>

namespace enrichd {
namespace {

/// A URL that names a server and asks for nothing.
std::optional<boost::urls::url_view> parse_bare(std::string_view text) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed || parsed->has_query() || parsed->has_fragment() || parsed->encoded_host().empty())
        return std::nullopt;
    // Boost.URL lets anything follow an address in brackets.
    const std::string_view path = parsed->encoded_path();
    if (!path.empty() && path.front() != '/') return std::nullopt;
    return *parsed;
}

/// An address, or a name of letters, digits, hyphens and dots: nothing that could mean something in a header.
bool usable(const std::string& host) {
    return !host.empty() &&
           host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") ==
               std::string::npos;
}

/// Its port, `usual` when it has none, 0 when it is no port.
std::uint16_t port_of(const boost::urls::url_view& url, std::uint16_t usual) {
    if (!url.has_port()) return usual;
    const std::string text = url.port();
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    return ec == std::errc{} && end == text.data() + text.size() ? port : std::uint16_t(0);
}

}  // namespace

std::optional<UpstreamUrl> parse_upstream_url(std::string_view text) {
    const auto url = parse_bare(text);
    if (!url || url->has_userinfo()) return std::nullopt;
    UpstreamUrl out;
    out.tls = url->scheme_id() == boost::urls::scheme::https;
    if (!out.tls && url->scheme_id() != boost::urls::scheme::http) return std::nullopt;
    out.host = url->host_address();
    out.port = port_of(*url, out.tls ? 443 : 80);
    if (out.port == 0 || !usable(out.host)) return std::nullopt;
    out.path = std::string(url->encoded_path());
    while (out.path.ends_with('/')) out.path.pop_back();
    return out;
}

std::optional<ResourceUrl> parse_resource_url(std::string_view text) {
    const auto url = boost::urls::parse_uri(text);
    if (!url || url->has_userinfo() || url->encoded_host().empty()) return std::nullopt;
    ResourceUrl out;
    out.tls = url->scheme_id() == boost::urls::scheme::https;
    if (!out.tls && url->scheme_id() != boost::urls::scheme::http) return std::nullopt;
    out.host = url->host_address();
    out.port = port_of(*url, out.tls ? 443 : 80);
    if (out.port == 0 || !usable(out.host)) return std::nullopt;
    out.target = std::string(url->encoded_path());
    if (!out.target.empty() && out.target.front() != '/') return std::nullopt;
    if (out.target.empty()) out.target = "/";
    if (url->has_query()) out.target.append("?").append(std::string(url->encoded_query()));
    return out;
}

std::optional<ResourceUrl> redirected(const ResourceUrl& from, std::string_view location) {
    const auto reference = boost::urls::parse_uri_reference(location);
    if (!reference) return std::nullopt;
    const std::string text =
        (from.tls ? "https://" : "http://") + authority(from.host, from.port) + from.target;
    const auto base = boost::urls::parse_uri(text);
    if (!base) return std::nullopt;
    boost::urls::url whole;
    if (!boost::urls::resolve(*base, *reference, whole)) return std::nullopt;
    return parse_resource_url(std::string_view(whole.data(), whole.size()));
}

std::optional<Proxy> parse_proxy_url(std::string_view text) {
    const auto url = parse_bare(text);
    if (!url || url->scheme_id() != boost::urls::scheme::http || !url->has_port()) return std::nullopt;
    if (!url->encoded_path().empty() && url->encoded_path() != "/") return std::nullopt;
    Proxy proxy;
    proxy.host = url->host_address();
    proxy.port = port_of(*url, 0);
    if (proxy.port == 0 || !usable(proxy.host)) return std::nullopt;
    if (url->has_userinfo()) proxy.credentials = Secret(url->userinfo());
    return proxy;
}

std::string without_credentials(const std::string& url) {
    const std::size_t begin = url.find("://");
    const std::size_t end = url.rfind('@');
    if (begin == std::string::npos || end == std::string::npos || end < begin) return url;
    return url.substr(0, begin + 3) + "***" + url.substr(end);
}

}  // namespace enrichd

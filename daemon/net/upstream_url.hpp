// The URLs of upstreams and of the proxy to them, taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/upstream.hpp"

namespace enrichd {

struct UpstreamUrl {
    std::string host;  // without brackets
    std::uint16_t port = 80;
    bool tls = false;
    std::string path;  // without a trailing slash: "" or "/stats"
};

/// Reads "http://host[:port][/path]" or the same with https. Nothing for another scheme, a user, a query, a
/// fragment or no host.
std::optional<UpstreamUrl> parse_upstream_url(std::string_view text);

/// A document on a server.
struct ResourceUrl {
    std::string host;  // without brackets
    std::uint16_t port = 80;
    bool tls = false;
    std::string target;  // path and query, as HTTP asks for them; begins with a slash
    bool operator==(const ResourceUrl&) const = default;
};

/// Reads "http://host[:port][/path][?query]" or the same with https; a fragment is left out. Nothing for
/// another scheme, a user or no host.
std::optional<ResourceUrl> parse_resource_url(std::string_view text);

/// Where a redirect leads (RFC 3986 5.2). Nothing for what is no such URL.
std::optional<ResourceUrl> redirected(const ResourceUrl& from, std::string_view location);

/// Reads "http://[user:password@]host:port", percent-encoded where it must be. Nothing for anything else.
std::optional<Proxy> parse_proxy_url(std::string_view text);

/// The same text with `***` in place of user and password.
std::string without_credentials(const std::string& url);

}  // namespace enrichd

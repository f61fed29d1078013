// The URL of an upstream, taken apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace enrichd {

struct UpstreamUrl {
    std::string host;  // without brackets
    std::uint16_t port = 80;
    std::string path;  // without a trailing slash: "" or "/stats"
};

/// Reads "http://host[:port][/path]". Nothing for another scheme, a user, a query, a fragment or no host.
std::optional<UpstreamUrl> parse_upstream_url(std::string_view text);

}  // namespace enrichd

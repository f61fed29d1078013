// URLs of Valkey and Redis.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace enrichd {

struct RedisUrl {
    std::string host;  // without brackets
    std::uint16_t port = 6379;
    bool tls = false;
    std::string user;
    unsigned database = 0;
    std::string master;  // of Sentinel; empty: the host is the server itself
};

/// Reads "redis://[user@]host[:6379][/database]", or rediss for TLS, or
/// "redis-sentinel://[user@]host[:26379]/master[/database]", or rediss-sentinel. Nothing for anything else,
/// and for a URL with a password, which belongs into a file.
std::optional<RedisUrl> parse_redis_url(std::string_view text);

}  // namespace enrichd

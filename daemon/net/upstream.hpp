// Where a server is, and how it is reached.
#pragma once

#include <cstdint>
#include <string>

#include "base/secret.hpp"

namespace enrichd {

struct Proxy {
    std::string host;  // empty: none
    std::uint16_t port = 0;
    Secret credentials;  // "user:password", for basic authentication; empty: none
    bool operator==(const Proxy&) const = default;
};

struct Upstream {
    std::string host;  // a name, or an address without brackets
    std::uint16_t port = 80;
    bool tls = false;
    std::string ca_file;  // trusted instead of the system's store; empty: the store
    Proxy proxy;          // HTTP, by CONNECT
    bool operator==(const Upstream&) const = default;
};

/// A server that a key of the configuration names, and what to do about it.
struct ConfiguredServer {
    const char* key;
    Upstream upstream;
    std::string fix;
    bool expected = true;  // else it is worth a word when it answers
};

/// "host:port" as HTTP writes it, an IPv6 address in brackets.
inline std::string authority(const std::string& host, std::uint16_t port) {
    const std::string bare = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return bare + ":" + std::to_string(port);
}

/// As in the header Host: without the port that goes without saying.
inline std::string host_header(const Upstream& upstream) {
    const bool usual = upstream.port == (upstream.tls ? 443 : 80);
    std::string host = authority(upstream.host, upstream.port);
    if (usual) host.resize(host.rfind(':'));
    return host;
}

}  // namespace enrichd

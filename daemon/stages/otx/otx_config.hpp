// The section otx of the configuration.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "stages/otx/pulse_filter.hpp"

namespace enrichd {

enum class OtxMode { automatic, on, off };

struct OtxServer {
    std::string url = "https://otx.alienvault.com";
    Secret proxy;  // a URL, which may hold a password
    std::string ca_file;
    bool operator==(const OtxServer&) const = default;
};

/// Found by load_config. OTX is asked when there is one.
struct OtxKey {
    Secret secret;
    std::string source;
    bool empty() const { return secret.empty(); }
    bool operator==(const OtxKey&) const = default;
};

struct OtxConfig {
    OtxMode mode = OtxMode::automatic;
    OtxServer server;
    std::string api_key_file;
    bool always = false;
    PulseFilter filter;
    std::vector<std::string> ask{"hostname", "domain"};
    std::size_t requests_per_hour = 9000;
    std::size_t connections = 4;
    std::chrono::milliseconds timeout = std::chrono::seconds(8);
    std::chrono::milliseconds retry_for = std::chrono::hours(24);
    OtxKey key;
    bool operator==(const OtxConfig&) const = default;
};

}  // namespace enrichd

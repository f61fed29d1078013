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

struct OtxConfig {
    OtxMode mode = OtxMode::automatic;
    std::string url = "https://otx.alienvault.com";
    std::string api_key_file;
    bool always = false;
    PulseFilter filter;
    std::vector<std::string> ask{"hostname", "domain"};
    std::size_t requests_per_hour = 9000;
    std::size_t connections = 4;
    std::chrono::milliseconds timeout = std::chrono::seconds(8);
    std::chrono::milliseconds retry_for = std::chrono::hours(24);
    Secret proxy;  // a URL, which may hold a password
    std::string ca_file;

    Secret key;  // found by load_config; OTX is asked when there is one
    std::string key_source;
    bool operator==(const OtxConfig&) const = default;
};

}  // namespace enrichd

// The section bursts of the configuration.
#pragma once

#include <chrono>
#include <cstddef>

namespace enrichd {

/// Domains that do not exist, asked for by one program of one agent that had not asked for them before.
struct NxdomainConfig {
    std::size_t domains = 12;  // give an event; 0: they are not looked for
    std::chrono::milliseconds window = std::chrono::minutes(10);
    bool operator==(const NxdomainConfig&) const = default;
};

/// What one agent's host names under one domain carry.
struct TunnelConfig {
    std::size_t bytes = 4096;  // give an event; 0: they are not counted
    std::chrono::milliseconds window = std::chrono::hours(1);
    bool operator==(const TunnelConfig&) const = default;
};

struct BurstsConfig {
    NxdomainConfig nxdomain;
    TunnelConfig tunnel;
    bool operator==(const BurstsConfig&) const = default;
};

}  // namespace enrichd

// The section shared of the configuration.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/config_visitor.hpp"
#include "base/secret.hpp"
#include "net/upstream.hpp"
#include "shared/redis.hpp"

namespace enrichd {

struct SharedConfig {
    std::string url;  // empty: off
    std::string password_file;
    std::string ca_file;
    std::string prefix = "enrichd";
    std::chrono::milliseconds timeout{50};
    std::string node;  // empty: the host's name
    std::chrono::milliseconds keep = std::chrono::hours(24 * 400);
    Secret password{};  // found by load_shared
    bool operator==(const SharedConfig&) const = default;
};

void visit_shared(SharedConfig& config, ConfigVisitor& visitor);

void check_shared(const SharedConfig& config, const KeyProblems& problems);

/// Reads the password, and looks at the files that the section names.
void load_shared(SharedConfig& config, const KeyProblems& problems);

/// Of a configuration that was checked; off without a URL.
RedisOptions redis_options(const SharedConfig& config);

/// For `enrichd check`.
std::string summary_of(const SharedConfig& config);

std::vector<ConfiguredServer> servers_of(const SharedConfig& config);

/// The name by which other hosts know this one.
std::string node_name(const SharedConfig& config);

}  // namespace enrichd

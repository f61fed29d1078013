// The configuration as structs. Only app/ knows that it is written in YAML.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/given.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "intake/intake.hpp"
#include "pipeline/alert_reader.hpp"
#include "policy/gate.hpp"
#include "policy/pulse_filter.hpp"
#include "policy/times_to_live.hpp"
#include "policy/verdict_cache.hpp"

namespace enrichd {

inline constexpr const char* default_config_file = "/etc/enrichd/enrichd.yaml";

enum class DomainStatsMode { http, embedded, off };

struct EmbeddedConfig {
    std::string frequency_table;  // empty: the one that is built in
    double average_alert = 5.0;
    double word_alert = 4.0;
    std::string known;  // empty: none
    std::size_t max_domains = 5'000'000;
    std::chrono::milliseconds established_after = std::chrono::hours(24 * 730);
    bool rdap = true;
    std::string rdap_bootstrap = "https://data.iana.org/rdap/dns.json";  // or a file
    std::chrono::milliseconds rdap_error_ttl = std::chrono::hours(24 * 7);
    std::size_t rdap_requests_per_hour = 3600;
    std::size_t rdap_connections = 2;
    std::chrono::milliseconds rdap_timeout = std::chrono::seconds(8);
    Secret rdap_proxy;  // a URL, which may hold a password
    std::string rdap_ca_file;
    bool operator==(const EmbeddedConfig&) const = default;
};

struct DomainStatsConfig {
    DomainStatsMode mode = DomainStatsMode::http;
    std::string url = "http://127.0.0.1:5730";
    bool ask_hostname = false;
    std::size_t connections = 8;
    std::chrono::milliseconds timeout = std::chrono::seconds(15);
    std::chrono::milliseconds retry_for = std::chrono::hours(1);
    std::chrono::milliseconds error_event_every = std::chrono::minutes(1);
    std::string serve;  // an address; empty: nowhere
    EmbeddedConfig embedded;
    bool operator==(const DomainStatsConfig&) const = default;
};

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

struct OutputsConfig {
    bool wazuh = true;
    std::string file;
    bool operator==(const OutputsConfig&) const = default;
};

struct StateConfig {
    std::string directory = "/var/lib/enrichd";
    bool full_sync = false;
    std::size_t max_pending = 1'000'000;
    bool operator==(const StateConfig&) const = default;

    std::string file() const { return directory + "/enrichd.db"; }
};

struct Config {
    std::string wazuh_home = "/var/ossec";
    IntakeOptions intake;
    AlertReaderOptions reader;
    std::string spool = WIRE_DEFAULT_SPOOL;
    std::size_t max_spool_bytes = WIRE_SPOOL_MAX_BYTES;
    GateOptions gate;
    DomainStatsConfig domain_stats;
    OtxConfig otx;
    CacheOptions cache;
    TimesToLive keep_for;
    OutputsConfig outputs;
    StateConfig state;
    std::string admin_listen = "127.0.0.1:9466";
    std::string admin_socket = "/run/enrichd/admin.sock";  // empty: none
    log::Options log;
    bool operator==(const Config&) const = default;
};

/// One thing that is wrong, where: "enrichd.yaml:4:9: intake.max_alert_bytes: expected …, got '70000000'".
struct Problem {
    std::string file;
    int line = 0;  // from 1; 0 when it is about the whole file
    int column = 0;
    std::string key;
    std::string message;

    std::string text() const;
};

struct ParsedConfig {
    Config config;
    std::vector<Problem> errors;    // the configuration must not be used when there is one
    std::vector<Problem> warnings;  // it can be used, and something in it is odd
    std::string file;
    Given given{};
    std::map<std::string, std::pair<int, int>, std::less<>>
        places{};  // line and column of each key that is given

    /// What is wrong with a key, at its place; the nearest section around it when it is not given.
    Problem at(const std::string& key, std::string message) const;
};

/// Reads all of it and reports all that is wrong. `file` is for the messages.
ParsedConfig parse_config(const std::string& text, const std::string& file);

/// The same from a file of at most 1 MiB. A missing file is an error unless it is the default one.
ParsedConfig read_config(const std::string& file);

/// The same with what the configuration refers to: the key for OTX is found, certificates are looked at.
/// `running` is what a daemon that reloads has in effect.
ParsedConfig load_config(const std::string& file, const Config* running = nullptr);

}  // namespace enrichd

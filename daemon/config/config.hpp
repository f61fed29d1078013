// The configuration as structs. Only config/ knows that it is written in YAML.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "asking/verdict_cache.hpp"
#include "base/config_visitor.hpp"
#include "base/log.hpp"
#include "config/given.hpp"
#include "model/gate.hpp"
#include "net/server_tls.hpp"
#include "pipeline/alert_reader.hpp"
#include "pipeline/policy.hpp"
#include "shared/shared_config.hpp"
#include "sources/files/files_options.hpp"
#include "sources/intake_socket/intake.hpp"
#include "sources/spool/spool.hpp"
#include "stages/bursts/bursts_config.hpp"
#include "stages/domain_stats/domain_stats_config.hpp"
#include "stages/domain_stats/domain_times.hpp"
#include "stages/lists/lists_config.hpp"
#include "stages/otx/otx_config.hpp"
#include "stages/otx/otx_times.hpp"

namespace enrichd {

inline constexpr const char* default_config_file = "/etc/enrichd/enrichd.yaml";

struct OutputsConfig {
    bool wazuh = true;
    std::string file;
    bool operator==(const OutputsConfig&) const = default;
};

/// What is remembered of verdicts, and for how long.
struct CacheConfig {
    CacheOptions memory;
    DomainTimes domain_times;
    OtxTimes otx_times;
    bool operator==(const CacheConfig&) const = default;
};

struct AdminConfig {
    std::string listen = "127.0.0.1:9466";
    std::string certificate_file;
    std::string key_file;
    std::string password_file;
    std::string socket = "/run/enrichd/admin.sock";  // empty: none
    // Found by load_config.
    std::shared_ptr<ServerTls> tls{};  // null: plain HTTP
    Secret password{};                 // empty: none is asked for
    bool operator==(const AdminConfig&) const = default;
};

struct StateConfig {
    std::string directory = "/var/lib/enrichd";
    bool full_sync = false;
    std::size_t max_pending = 1'000'000;
    std::size_t max_seen = 5'000'000;
    std::size_t max_names = 5'000'000;
    bool operator==(const StateConfig&) const = default;

    std::string file() const { return directory + "/enrichd.db"; }
};

/// That refuse the events of all stages.
AlertReaderOptions reader_options();

struct Config {
    std::string wazuh_home = "/var/ossec";
    IntakeOptions intake;
    AlertReaderOptions reader = reader_options();
    SpoolOptions spool;
    FilesOptions files;
    GateOptions gate;
    DomainStatsConfig domain_stats;
    OtxConfig otx;
    ListsConfig lists;
    BurstsConfig bursts;
    PolicyOptions policy;
    CacheConfig cache;
    OutputsConfig outputs;
    StateConfig state;
    SharedConfig shared;
    AdminConfig admin;
    log::Options log;
    bool operator==(const Config&) const = default;

    /// The address of the interface for other programs; empty: none.
    static constexpr const char* served_key = "domain_stats.serve";
    const std::string& served() const { return domain_stats.serve; }
    /// Domains that are remembered as seen.
    std::size_t max_domains() const { return domain_stats.embedded.max_domains; }
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

/// Where what is found wrong with keys goes: to `parsed`, which outlives it.
KeyProblems problems_into(ParsedConfig& parsed);

/// Reads all of it and reports all that is wrong. `file` is for the messages.
ParsedConfig parse_config(const std::string& text, const std::string& file);

/// The same from a file of at most 1 MiB. A missing file is an error unless it is the default one.
ParsedConfig read_config(const std::string& file);

/// The same with what the configuration refers to: keys of upstreams are found, certificates are looked at.
/// `running` is what a daemon that reloads has in effect.
ParsedConfig load_config(const std::string& file, const Config* running = nullptr);

}  // namespace enrichd

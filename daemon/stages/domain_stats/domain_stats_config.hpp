// The section domain_stats of the configuration.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/secret.hpp"

namespace enrichd {

/// `automatic` is settled when the configuration is read: http when a URL is given, else embedded.
enum class DomainStatsMode { automatic, http, embedded, off };

struct RdapConfig {
    bool enabled = true;
    std::string bootstrap = "https://data.iana.org/rdap/dns.json";  // or a file
    std::chrono::milliseconds error_ttl = std::chrono::hours(24 * 7);
    std::size_t requests_per_hour = 3600;
    std::size_t connections = 2;
    std::chrono::milliseconds timeout = std::chrono::seconds(8);
    Secret proxy;  // a URL, which may hold a password
    std::string ca_file;
    bool operator==(const RdapConfig&) const = default;
};

/// What rates how random a name looks: the model of the program, or the table of Domain Stats.
enum class ScoresBy { model, table };

struct EmbeddedConfig {
    ScoresBy scores = ScoresBy::model;
    double model_fpr = 0.01;
    std::string frequency_table;  // empty: the one that is built in
    double average_alert = 5.0;
    double word_alert = 4.0;
    std::string known;  // empty: none
    std::size_t max_domains = 5'000'000;
    std::chrono::milliseconds established_after = std::chrono::hours(24 * 730);
    RdapConfig rdap;
    bool operator==(const EmbeddedConfig&) const = default;
};

struct DomainStatsConfig {
    DomainStatsMode mode = DomainStatsMode::automatic;
    bool was_automatic = false;  // before it was settled
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

}  // namespace enrichd

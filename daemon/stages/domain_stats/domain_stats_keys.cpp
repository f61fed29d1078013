#include "stages/domain_stats/domain_stats_keys.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "asking/text_checks.hpp"
#include "net/address.hpp"
#include "net/tls.hpp"
#include "net/upstream_url.hpp"
#include "stages/domain_stats/domain_stats_options.hpp"
#include "stages/domain_stats/verdict_source.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;
using namespace text_checks;

Expected bootstrap(std::string& text) {
    if (text.starts_with('/') || parse_upstream_url(text)) return std::nullopt;
    return "a URL such as https://data.iana.org/rdap/dns.json, or the absolute path of a file";
}

void visit_embedded(EmbeddedConfig& embedded, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 2> scores{"model", "table"};
    choice(v,
           {"scores",
            "what decides which names look random: model is the built-in model, table the frequency table "
            "with the two thresholds below, as Domain Stats does it; freq_score is the table's in both"},
           embedded.scores, scores);
    v.decimal({"model_fpr",
               "share of real names that may get SUSPECT-FREQ-SCORE by the model; a tenth of it gets "
               "LOW-FREQ-SCORES"},
              embedded.model_fpr, 0.001, 0.1);
    v.text(at_start({"frequency_table", "a file in the format of freq.py instead of the built-in table"}),
           embedded.frequency_table, optional_file);
    v.decimal({"average_alert", "an average score below is suspect"}, embedded.average_alert, 0, 100);
    v.decimal({"word_alert", "and so is a word score below"}, embedded.word_alert, 0, 100);
    v.text(at_start({"known", "file with domains treated as established without asking the registry"}),
           embedded.known, optional_file);
    v.number({"max_domains", "number of domains remembered; then the least recently queried are forgotten"},
             embedded.max_domains, 1'000, 1'000'000'000);
    v.duration({"established_after", "age below which a domain is NEW"}, embedded.established_after, 1h,
               10 * year);
    v.flag(at_start({"rdap", "ask the registries how old a domain is"}), embedded.rdap.enabled);
    v.text(at_start({"rdap_bootstrap",
                     "list of registries by suffix: URL of IANA's file, fetched daily, or a local file"}),
           embedded.rdap.bootstrap, bootstrap);
    v.duration(
        {"rdap_error_ttl", "pause before a registry that knew no age of a domain is asked for it again"},
        embedded.rdap.error_ttl, 1s, year);
    v.number({"rdap_requests_per_hour", "requests to one registry in an hour"},
             embedded.rdap.requests_per_hour, 1, 1'000'000);
    v.number({"rdap_connections", "connections to one registry"}, embedded.rdap.connections, 1, 64);
    v.duration({"rdap_timeout", "timeout of one request"}, embedded.rdap.timeout, 100ms, 1min);
    v.secret_url({"rdap_proxy", "URL of an HTTP proxy that supports CONNECT", true}, embedded.rdap.proxy,
                 proxy_url);
    v.text({"rdap_ca_file", "file of the certificates to trust instead of the system's", true},
           embedded.rdap.ca_file, optional_file);
}

/// Who may ask may use up first contacts, and our requests to registries.
void look_at_served(const DomainStatsConfig& config, const KeyProblems& problems) {
    const auto address = parse_address(config.serve);
    if (!address || address->address().is_loopback()) return;
    problems.warning("domain_stats.serve",
                     "is reachable from elsewhere: every client that can connect may ask; there is no "
                     "authentication");
}

/// With the model the keys of the table decide nothing.
void look_at_scores(const EmbeddedConfig& config, const KeyProblems& problems) {
    const EmbeddedConfig usual;
    if (config.scores == ScoresBy::table) return;
    const auto ignored = [&](bool given, const char* key) {
        if (given)
            problems.warning(key,
                             "does not decide which names look random: domain_stats.embedded.scores is "
                             "model; set it to table to use this key");
    };
    ignored(config.average_alert != usual.average_alert, "domain_stats.embedded.average_alert");
    ignored(config.word_alert != usual.word_alert, "domain_stats.embedded.word_alert");
    ignored(!config.frequency_table.empty(), "domain_stats.embedded.frequency_table");
}

}  // namespace

void visit_domain_stats(DomainStatsConfig& ds, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 4> modes{"auto", "http", "embedded", "off"};
    static constexpr std::array<std::string_view, 2> subjects{"registrable", "hostname"};
    choice(v,
           at_start({"mode",
                     "source of verdicts: http is the Domain Stats server at `url`, embedded the built-in "
                     "engine, off "
                     "none; auto: http when `url` is given, else embedded"}),
           ds.mode, modes);
    v.text({"url", "URL of the Domain Stats server; this one is the default of mode: http", true}, ds.url,
           http_url);
    choice(v, {"ask", "what the server is asked for; the event keeps the full name"}, ds.ask_hostname,
           subjects);
    v.number({"connections", "maximum number of connections to the server"}, ds.connections, 1, 256);
    v.duration({"timeout", "timeout of one attempt; a short one wastes lookups, but loses no first contact"},
               ds.timeout, 100ms, 5min);
    v.duration({"retry_for", "how long an alert waits for an answer before it ends in an error event"},
               ds.retry_for, 1s, year);
    v.duration({"error_event_every", "interval of the error events about an outage, for each cause"},
               ds.error_event_every, 1s, 24h);
    v.text({"serve", "address on which the HTTP interface of Domain Stats is served to other programs"},
           ds.serve, listen_address);
    v.section({"embedded", "the built-in engine"}, [&] { visit_embedded(ds.embedded, v); });
}

void visit_domain_times(DomainTimes& times, ConfigVisitor& v) {
    v.duration({"established", "verdict on an established domain"}, times.established, 1s, year);
    v.duration({"new", "verdict on a new domain"}, times.fresh, 1s, year);
    v.duration({"error", "verdict of a server that could not find out the age"}, times.error, 1s, year);
}

void settle_domain_stats(DomainStatsConfig& config, bool url_given) {
    config.was_automatic = config.mode == DomainStatsMode::automatic;
    if (config.was_automatic) config.mode = url_given ? DomainStatsMode::http : DomainStatsMode::embedded;
}

void check_domain_stats(const DomainStatsConfig& config, const KeyProblems& problems) {
    const auto unless = [&](bool good, const char* key, const char* expected) {
        if (!good) problems.error(key, std::string("expected ") + expected);
    };
    unless(config.retry_for >= config.timeout, "domain_stats.retry_for",
           "at least domain_stats.timeout, else nobody waits for the answer");
    unless(config.serve.empty() || config.mode != DomainStatsMode::off, "domain_stats.serve",
           "domain_stats.mode to be http or embedded, else there is nothing to serve");
}

void load_domain_stats(const DomainStatsConfig& config, const DomainStatsConfig* running,
                       const KeyProblems& problems) {
    look_at_served(config, problems);
    if (config.mode == DomainStatsMode::embedded) look_at_scores(config.embedded, problems);
    if (std::string why = wrong_certificates(config.embedded.rdap.ca_file); !why.empty())
        problems.error("domain_stats.embedded.rdap_ca_file", std::move(why));
    const bool in_use = running && running->embedded == config.embedded;
    if (config.mode != DomainStatsMode::embedded || in_use) return;
    for (WrongFile& wrong : wrong_files(config.embedded)) problems.error(wrong.key, std::move(wrong.why));
}

std::string summary_of(const DomainStatsConfig& config) {
    const std::string title = "Domain Stats: ";
    if (config.mode == DomainStatsMode::http) return title + config.url;
    if (config.mode == DomainStatsMode::off) return title + "off";
    return title + "the embedded engine" +
           (config.was_automatic ? " (mode: auto, and no domain_stats.url is given)" : "");
}

std::vector<ConfiguredServer> servers_of(const DomainStatsConfig& config) {
    static constexpr const char* url_key = "domain_stats.url";
    std::vector<ConfiguredServer> servers;
    const Upstream server = domain_stats_http(config).upstream;
    if (config.mode == DomainStatsMode::http)
        servers.push_back({url_key, server, "domain_stats.mode: embedded needs no server"});
    if (config.mode != DomainStatsMode::embedded) return servers;
    const auto served = parse_address(config.serve);
    if (config.was_automatic && !(served && served->port() == server.port))  // else it is this daemon
        servers.push_back({"domain_stats.mode", server,
                           "the embedded engine answers in its place: to ask it, set " + std::string(url_key),
                           false});
    const RdapOptions rdap = rdap_options(config.embedded);
    if (const auto& url = rdap.bootstrap_url; config.embedded.rdap.enabled && url)
        servers.push_back({"domain_stats.embedded.rdap_bootstrap",
                           {url->host, url->port, url->tls, rdap.ca_file, rdap.proxy},
                           "without registries the age of a domain is unknown: allow the connection, set "
                           "rdap_proxy, or set rdap: false"});
    return servers;
}

}  // namespace enrichd

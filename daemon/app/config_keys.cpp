#include "app/config_keys.hpp"

#include <array>

#include "model/host_name.hpp"
#include "net/address.hpp"
#include "net/unix_socket.hpp"
#include "net/upstream_url.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Expected = std::optional<std::string>;

constexpr milliseconds year = 24h * 365;

Expected absolute_path(std::string& text) {
    if (text.starts_with('/')) return std::nullopt;
    return "an absolute path";
}

Expected socket_path(std::string& text) {
    if (text.starts_with('/') && text.size() <= max_socket_path) return std::nullopt;
    return "an absolute path of at most 107 bytes, as sockets allow";
}

Expected optional_socket_path(std::string& text) {
    if (text.empty()) return std::nullopt;
    return socket_path(text);
}

Expected output_file(std::string& text) {
    if (text.empty() || text == "-" || text.starts_with('/')) return std::nullopt;
    return "an absolute path, '-' for standard output, or '' for none";
}

Expected not_empty(std::string& text) {
    if (!text.empty()) return std::nullopt;
    return "a name";
}

Expected pointer(std::string& text) {
    if (AlertFields::valid(text)) return std::nullopt;
    return "a JSON pointer such as /data/win/eventdata/queryName or /data/dns/queries/-/rrname";
}

/// For one list: it counts.
TextCheck pointers() {
    return [left = AlertFields::most](std::string& text) mutable -> Expected {
        if (left == 0) return "not so many of them, at most " + std::to_string(AlertFields::most);
        --left;
        return pointer(text);
    };
}

/// ".corp.example.com", "*.corp.example.com" and "Corp.Example.com." mean what they look like.
Expected suffix(std::string& text) {
    std::string_view bare = text;
    if (bare.starts_with("*.")) bare.remove_prefix(1);
    if (bare.starts_with('.')) bare.remove_prefix(1);
    const auto name = HostName::parse(bare);
    if (!name) return "a domain name such as corp.example.com (" + name.error().message() + ")";
    if (!name->plain()) return "a domain name such as corp.example.com";
    text = name->text();
    return std::nullopt;
}

Expected listen_address(std::string& text) {
    if (text.empty() || parse_address(text)) return std::nullopt;
    return "an address and port such as 127.0.0.1:9466, or '' for none";
}

Expected http_url(std::string& text) {
    if (parse_upstream_url(text)) return std::nullopt;
    return "a URL such as http://127.0.0.1:5730, without user, query and fragment";
}

Expected proxy_url(std::string& text) {
    if (text.empty() || parse_proxy_url(text)) return std::nullopt;
    return "a URL such as http://proxy.example.com:3128 or http://user:password@proxy.example.com:3128, or "
           "'' for none";
}

Expected optional_file(std::string& text) {
    if (text.empty() || text.starts_with('/')) return std::nullopt;
    return "an absolute path, or '' for none";
}

Expected bootstrap(std::string& text) {
    if (text.starts_with('/') || parse_upstream_url(text)) return std::nullopt;
    return "a URL such as https://data.iana.org/rdap/dns.json, or the absolute path of a file";
}

Expected otx_subject(std::string& text) {
    if (text == "hostname" || text == "domain") return std::nullopt;
    return "hostname or domain";
}

/// Visits an enumeration or a flag that is written as a word.
template <class T>
void choice(ConfigVisitor& visitor, Key key, T& value, std::span<const std::string_view> names) {
    auto index = static_cast<std::size_t>(value);
    visitor.choice(key, index, names);
    value = static_cast<T>(index);
}

void visit_intake(Config& config, ConfigVisitor& v) {
    IntakeOptions& intake = config.intake;
    v.text({"socket", "where the shim connects, unless systemd passes the socket"}, intake.socket,
           socket_path);
    v.mode({"socket_mode", "its mode, unless systemd passes the socket"}, intake.socket_mode);
    v.texts({"allow", "users and groups that may hand alerts over"}, intake.allow, not_empty);
    v.text({"spool", "where alerts wait that the daemon did not take"}, config.spool, absolute_path);
    v.number({"max_spool_bytes", "of all alerts there; the shim refuses what is beyond, and Wazuh logs it"},
             config.max_spool_bytes, 1024 * 1024, std::size_t{1} << 40);
    v.number({"max_alert_bytes", "longer alerts are refused"}, intake.reader.max_alert_bytes, 1024,
             WIRE_MAX_ALERT);
    v.texts({"fields",
             "JSON pointers; the first that holds a name is the queried name; - is any element of a list"},
            intake.reader.fields, pointers());
}

void visit_embedded(EmbeddedConfig& embedded, ConfigVisitor& v) {
    v.text({"frequency_table", "a file in the format of freq.py instead of the built-in table"},
           embedded.frequency_table, optional_file);
    v.decimal({"average_alert", "an average score below is suspect"}, embedded.average_alert, 0, 100);
    v.decimal({"word_alert", "and so is a word score below"}, embedded.word_alert, 0, 100);
    v.text({"known", "a list of domains that are established by decree"}, embedded.known, optional_file);
    v.number({"max_domains", "that are remembered; then those that were not asked for longest are forgotten"},
             embedded.max_domains, 1'000, 1'000'000'000);
    v.duration({"established_after", "a younger domain is NEW"}, embedded.established_after, 1h, 10 * year);
    v.flag({"rdap", "ask the registries how old a domain is"}, embedded.rdap);
    v.text({"rdap_bootstrap", "which registry tells of what: IANA's file, fetched daily, or a file here"},
           embedded.rdap_bootstrap, bootstrap);
    v.duration({"rdap_error_ttl", "what a registry cannot tell is not asked again for so long"},
               embedded.rdap_error_ttl, 1s, year);
    v.number({"rdap_requests_per_hour", "to one registry"}, embedded.rdap_requests_per_hour, 1, 1'000'000);
    v.number({"rdap_connections", "to one registry"}, embedded.rdap_connections, 1, 64);
    v.duration({"rdap_timeout", "of one request"}, embedded.rdap_timeout, 100ms, 1min);
    v.secret_url({"rdap_proxy", "an HTTP proxy, asked to CONNECT", true}, embedded.rdap_proxy, proxy_url);
    v.text({"rdap_ca_file", "certificates trusted instead of the system's", true}, embedded.rdap_ca_file,
           optional_file);
}

void visit_domain_stats(Config& config, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 3> modes{"http", "embedded", "off"};
    static constexpr std::array<std::string_view, 2> subjects{"registrable", "hostname"};
    DomainStatsConfig& ds = config.domain_stats;
    choice(v,
           {"mode", "http: a Domain Stats server; embedded: the same judgement within; off: nobody is asked"},
           ds.mode, modes);
    v.text({"url", "of the server", true}, ds.url, http_url);
    choice(v, {"ask", "what the server is asked for; the event keeps the full name"}, ds.ask_hostname,
           subjects);
    v.number({"connections", "at most so many at once"}, ds.connections, 1, 256);
    v.duration({"timeout", "of one try; a short one loses time, not first contacts"}, ds.timeout, 100ms,
               5min);
    v.duration({"retry_for", "how long an alert waits for an answer before it ends in an error event"},
               ds.retry_for, 1s, year);
    v.duration({"error_event_every", "an outage is told to Wazuh so often, for each cause"},
               ds.error_event_every, 1s, 24h);
    v.text({"serve", "the HTTP interface of Domain Stats, for others"}, ds.serve, listen_address);
    v.section({"embedded", "with mode: embedded"}, [&] { visit_embedded(ds.embedded, v); });
}

void visit_otx(Config& config, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 3> modes{"auto", "on", "off"};
    static constexpr std::array<std::string_view, 2> occasions{"suspicious", "always"};
    OtxConfig& otx = config.otx;
    choice(v, {"mode", "auto: on when there is a key"}, otx.mode, modes);
    v.text({"url", "of the server", true}, otx.url, http_url);
    v.text({"api_key_file", "else systemd's credential otx_api_key, else $ENRICHD_OTX_API_KEY", true},
           otx.api_key_file, optional_file);
    choice(v, {"when", "suspicious: a Domain Stats event was sent; always"}, otx.always, occasions);
    v.texts({"authors", "whose pulses count; [] is anybody's"}, otx.filter.authors, not_empty);
    v.number({"min_pulses", "fewer are a miss"}, otx.filter.min_pulses, 1, 50);
    v.number({"max_age_days", "older pulses do not count; 0: any age"}, otx.filter.max_age_days, 0, 36'500);
    v.flag({"require_active", "a pulse in which the indicator has expired does not count"},
           otx.filter.require_active);
    v.texts({"ignore_tags", "pulses with one of these do not count"}, otx.filter.ignore_tags, not_empty);
    v.texts({"ask", "the full name, its registrable domain, or both"}, otx.ask, otx_subject);
    v.number({"requests_per_hour", "at most, the most suspicious names first"}, otx.requests_per_hour, 1,
             1'000'000);
    v.number({"connections", "at most so many at once"}, otx.connections, 1, 64);
    v.duration({"timeout", "of one try"}, otx.timeout, 100ms, 5min);
    v.duration({"retry_for", "how long an alert waits for OTX"}, otx.retry_for, 1s, year);
    v.secret_url({"proxy", "an HTTP proxy, asked to CONNECT", true}, otx.proxy, proxy_url);
    v.text({"ca_file", "certificates trusted instead of the system's", true}, otx.ca_file, optional_file);
}

void visit_cache(Config& config, ConfigVisitor& v) {
    CacheOptions& cache = config.cache;
    v.number({"entries", "verdicts kept in memory, of each provider"}, cache.entries, 1, 100'000'000);
    v.section({"ttl", "how long a verdict is good, 10 % more or less"}, [&] {
        TimesToLive& ttl = config.keep_for;
        v.duration({"established", "of an old domain"}, ttl.established, 1s, year);
        v.duration({"new", "of a new domain"}, ttl.fresh, 1s, year);
        v.duration({"error", "when the server could not tell"}, ttl.error, 1s, year);
        v.duration({"otx_hit", "of a name that OTX has pulses for"}, ttl.otx_hit, 1s, year);
        v.duration({"otx_miss", "of one that it has none for"}, ttl.otx_miss, 1s, year);
    });
}

void visit_state(Config& config, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 2> syncs{"normal", "full"};
    StateConfig& state = config.state;
    v.text({"directory", "of the state file: alerts and events that wait, verdicts"}, state.directory,
           absolute_path);
    choice(v,
           {"sync",
            "normal: a power cut may cost the last seconds; full: it costs nothing, each alert that waits a "
            "disk sync"},
           state.full_sync, syncs);
    v.number({"max_pending", "alerts and events that may wait; then new alerts are spooled"},
             state.max_pending, 1'000, 100'000'000);
}

void visit_log(Config& config, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};
    static constexpr std::array<std::string_view, 2> formats{"text", "json"};
    choice(v, {"level", "debug, info, warning or error"}, config.log.level, levels);
    choice(v, {"format", "text or json"}, config.log.format, formats);
}

}  // namespace

void visit(Config& config, ConfigVisitor& v) {
    v.section({"wazuh", ""}, [&] {
        v.text({"home", "queue/sockets/queue and logs/active-responses.log are found under it"},
               config.wazuh_home, absolute_path);
    });
    v.section({"intake", ""}, [&] { visit_intake(config, v); });
    v.section({"gate", "which names never leave the machine"}, [&] {
        v.texts({"skip_suffixes", "your internal domains"}, config.gate.skip_suffixes, suffix);
        v.flag({"special_use", "also what no public server knows: RFC 6761, reverse zones, unknown suffixes"},
               config.gate.special_use);
    });
    v.section({"domain_stats", ""}, [&] { visit_domain_stats(config, v); });
    v.section({"otx", ""}, [&] { visit_otx(config, v); });
    v.section({"cache", ""}, [&] { visit_cache(config, v); });
    v.section({"outputs", ""}, [&] {
        v.flag({"wazuh", "events go to Wazuh's queue socket"}, config.outputs.wazuh);
        v.text({"file", "events go to this file as JSON lines; '-' is standard output"}, config.outputs.file,
               output_file);
    });
    v.section({"state", ""}, [&] { visit_state(config, v); });
    v.section({"admin", ""}, [&] {
        v.text({"listen", "status page, livez, readyz, healthz and metrics: read only"}, config.admin_listen,
               listen_address);
        v.text({"socket", "for enrichd status, cache, log and seen: who may write to it may change things"},
               config.admin_socket, optional_socket_path);
    });
    v.section({"log", ""}, [&] { visit_log(config, v); });
}

}  // namespace enrichd

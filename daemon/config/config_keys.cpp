#include "config/config_keys.hpp"

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
    bool escapes = true;  // RFC 6901 knows ~0 and ~1 alone
    for (std::size_t at = text.find('~'); at != std::string::npos; at = text.find('~', at + 1))
        escapes = escapes && at + 1 < text.size() && (text[at + 1] == '0' || text[at + 1] == '1');
    if (!escapes) return "a JSON pointer in which ~ is written ~0, and / within a name ~1";
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
    const std::string such = "a URL such as http://127.0.0.1:5730";
    if (text.find("://") == std::string::npos) return such + ", with http:// or https:// in front";
    if (text.find('@') != std::string::npos) return such + ", without user and password";
    if (text.find('?') != std::string::npos) return such + ", without a query (what follows '?')";
    if (text.find('#') != std::string::npos) return such + ", without a fragment (what follows '#')";
    return such + " (a port is from 1 to 65535, an IPv6 address stands in brackets)";
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
    v.mode({"socket_mode", "file mode of the socket, unless systemd passes it"}, intake.socket_mode);
    v.texts({"allow", "users and groups that may send alerts"}, intake.allow, not_empty);
    v.text(at_start({"spool", "directory of the alerts that the daemon has not accepted yet"}),
           config.spool.directory, absolute_path);
    v.number({"max_spool_bytes", "size limit of the spool; the shim refuses more, and Wazuh logs it"},
             config.spool.max_bytes, 1024 * 1024, std::size_t{1} << 40);
    v.number({"max_alert_bytes", "size limit of one alert; longer ones are refused"},
             config.reader.max_alert_bytes, 1024, WIRE_MAX_ALERT);
    v.texts({"fields",
             "JSON pointers; the first that holds a name is the queried name; - is any element of a list"},
            config.reader.fields, pointers());
}

void visit_embedded(EmbeddedConfig& embedded, ConfigVisitor& v) {
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
    v.flag(at_start({"rdap", "ask the registries how old a domain is"}), embedded.rdap);
    v.text(at_start({"rdap_bootstrap",
                     "list of registries by suffix: URL of IANA's file, fetched daily, or a local file"}),
           embedded.rdap_bootstrap, bootstrap);
    v.duration(
        {"rdap_error_ttl", "pause before a registry that knew no age of a domain is asked for it again"},
        embedded.rdap_error_ttl, 1s, year);
    v.number({"rdap_requests_per_hour", "requests to one registry in an hour"},
             embedded.rdap_requests_per_hour, 1, 1'000'000);
    v.number({"rdap_connections", "connections to one registry"}, embedded.rdap_connections, 1, 64);
    v.duration({"rdap_timeout", "timeout of one request"}, embedded.rdap_timeout, 100ms, 1min);
    v.secret_url({"rdap_proxy", "URL of an HTTP proxy that supports CONNECT", true}, embedded.rdap_proxy,
                 proxy_url);
    v.text({"rdap_ca_file", "file of the certificates to trust instead of the system's", true},
           embedded.rdap_ca_file, optional_file);
}

void visit_domain_stats(Config& config, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 3> modes{"http", "embedded", "off"};
    static constexpr std::array<std::string_view, 2> subjects{"registrable", "hostname"};
    DomainStatsConfig& ds = config.domain_stats;
    choice(v,
           at_start(
               {"mode",
                "source of verdicts: http is a Domain Stats server, embedded the built-in engine, off none"}),
           ds.mode, modes);
    v.text({"url", "URL of the Domain Stats server", true}, ds.url, http_url);
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
    v.section({"embedded", "with mode: embedded"}, [&] { visit_embedded(ds.embedded, v); });
}

void visit_otx(Config& config, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 3> modes{"auto", "on", "off"};
    static constexpr std::array<std::string_view, 2> occasions{"suspicious", "always"};
    OtxConfig& otx = config.otx;
    choice(v, {"mode", "auto: on when there is a key"}, otx.mode, modes);
    v.text({"url", "URL of the OTX server", true}, otx.url, http_url);
    v.text({"api_key_file",
            "file with the API key; else systemd's credential otx_api_key, else $ENRICHD_OTX_API_KEY", true},
           otx.api_key_file, optional_file);
    choice(v, {"when", "suspicious: only names with a Domain Stats event; always: every name"}, otx.always,
           occasions);
    v.texts({"authors", "authors whose pulses count; [] for any author"}, otx.filter.authors, not_empty);
    v.number({"min_pulses", "minimum number of pulses for a hit"}, otx.filter.min_pulses, 1, 50);
    v.number({"max_age_days", "maximum age of a pulse in days; 0 for any age"}, otx.filter.max_age_days, 0,
             36'500);
    v.flag({"require_active", "leave out pulses in which the indicator has expired"},
           otx.filter.require_active);
    v.texts({"ignore_tags", "leave out pulses with one of these tags"}, otx.filter.ignore_tags, not_empty);
    v.texts({"ask", "what OTX is asked for: the full name (hostname), its registrable domain, or both"},
            otx.ask, otx_subject);
    v.number({"requests_per_hour", "maximum number of requests in an hour, the most suspicious names first"},
             otx.requests_per_hour, 1, 1'000'000);
    v.number({"connections", "maximum number of connections to OTX"}, otx.connections, 1, 64);
    v.duration({"timeout", "timeout of one attempt"}, otx.timeout, 100ms, 5min);
    v.duration({"retry_for", "how long an alert waits for OTX"}, otx.retry_for, 1s, year);
    v.secret_url({"proxy", "URL of an HTTP proxy that supports CONNECT", true}, otx.proxy, proxy_url);
    v.text({"ca_file", "file of the certificates to trust instead of the system's", true}, otx.ca_file,
           optional_file);
}

void visit_cache(Config& config, ConfigVisitor& v) {
    CacheOptions& cache = config.cache;
    v.number({"entries", "maximum number of cached verdicts of each provider"}, cache.entries, 1,
             100'000'000);
    v.section({"ttl", "how long a verdict stays in the cache, up to 10 % less"}, [&] {
        DomainTimes& domain = config.domain_times;
        OtxTimes& otx = config.otx_times;
        v.duration({"established", "verdict on an established domain"}, domain.established, 1s, year);
        v.duration({"new", "verdict on a new domain"}, domain.fresh, 1s, year);
        v.duration({"error", "verdict of a server that could not find out the age"}, domain.error, 1s, year);
        v.duration({"otx_hit", "verdict on a name with pulses"}, otx.hit, 1s, year);
        v.duration({"otx_miss", "verdict on a name without pulses"}, otx.miss, 1s, year);
    });
}

void visit_state(Config& config, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 2> syncs{"normal", "full"};
    StateConfig& state = config.state;
    v.text(at_start({"directory",
                     "directory of the state file, which holds pending alerts, pending events and verdicts"}),
           state.directory, absolute_path);
    choice(
        v,
        at_start(
            {"sync",
             "normal: a power cut may lose the last seconds; full: loses nothing, at one disk sync for each "
             "alert that waits"}),
        state.full_sync, syncs);
    v.number({"max_pending", "maximum number of pending alerts and events; then new alerts are spooled"},
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
        v.text(at_start({"home", "queue/sockets/queue and logs/active-responses.log are found under it"}),
               config.wazuh_home, absolute_path);
    });
    v.section({"intake", ""}, [&] { visit_intake(config, v); });
    v.section({"gate", "filter: names that are never looked up"}, [&] {
        v.texts({"skip_suffixes", "your internal domains"}, config.gate.skip_suffixes, suffix);
        v.flag({"special_use",
                "also filter what no public server knows: RFC 6761, reverse zones, unknown suffixes"},
               config.gate.special_use);
    });
    v.section({"domain_stats", ""}, [&] { visit_domain_stats(config, v); });
    v.section({"otx", ""}, [&] { visit_otx(config, v); });
    v.section({"cache", ""}, [&] { visit_cache(config, v); });
    v.section({"outputs", ""}, [&] {
        v.flag(at_start({"wazuh", "events go to Wazuh's queue socket"}), config.outputs.wazuh);
        v.text(at_start({"file", "events go to this file as JSON lines; '-' is standard output"}),
               config.outputs.file, output_file);
    });
    v.section({"state", ""}, [&] { visit_state(config, v); });
    v.section({"admin", ""}, [&] {
        v.text({"listen", "status page, livez, readyz, healthz and metrics: read only"}, config.admin_listen,
               listen_address);
        v.text({"socket",
                "socket of enrichd status, cache, log and seen; whoever may write to it may change things"},
               config.admin_socket, optional_socket_path);
    });
    v.section({"log", ""}, [&] { visit_log(config, v); });
}

}  // namespace enrichd

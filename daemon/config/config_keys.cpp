#include "config/config_keys.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "asking/text_checks.hpp"
#include "config/sections.hpp"
#include "model/host_name.hpp"
#include "net/address.hpp"
#include "net/unix_socket.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;
using namespace text_checks;
using Expected = std::optional<std::string>;

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

Expected pointer(std::string& text) {
    bool escapes = true;  // RFC 6901 knows ~0 and ~1 alone
    for (std::size_t at = text.find('~'); at != std::string::npos; at = text.find('~', at + 1))
        escapes = escapes && at + 1 < text.size() && (text[at + 1] == '0' || text[at + 1] == '1');
    if (!escapes) return "a JSON pointer in which ~ is written ~0, and / within a name ~1";
    if (valid_field(text)) return std::nullopt;
    return "a JSON pointer such as /data/win/eventdata/queryName or /data/dns/queries/-/rrname";
}

/// For one list: it counts.
TextCheck pointers(std::size_t most) {
    return [left = most, most](std::string& text) mutable -> Expected {
        if (left == 0) return "not so many of them, at most " + std::to_string(most);
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

void visit_context(ContextPointers& context, ConfigVisitor& v) {
    const auto part = [&](Key key, std::vector<std::string>& entries) {
        v.texts(key, entries, pointers(ContextPointers::most));
    };
    part({"process", "program that asked"}, context.process);
    part({"user", "user that it ran for"}, context.user);
    part({"query_status", "how the query ended"}, context.query_status);
    part({"answers", "what the query was answered with, in all elements of a list"}, context.answers);
    part({"client",
          "address of the host that asked, where a sensor or a DNS server saw the query; from_port_53: in "
          "answers only"},
         context.client);
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
    v.texts(
        {"fields",
         "JSON pointers; the first that holds a name is the queried name; - is any element of a list; zeek: "
         "in alerts of Zeek only"},
        config.reader.fields, pointers(AlertFields::most));
    v.section({"context", "JSON pointers for the source of events; the first that holds a value counts"},
              [&] { visit_context(config.reader.context, v); });
    static constexpr std::array<std::string_view, 2> begins{"end", "beginning"};
    v.texts({"files",
             "files of one JSON document a line that are followed: Wazuh's alerts.json or archives.json"},
            config.files.files, absolute_path);
    choice(v, {"files_begin", "where a file that was never read before is begun: end or beginning"},
           config.files.begin, begins);
}

void visit_cache(Config& config, ConfigVisitor& v) {
    CacheOptions& cache = config.cache.memory;
    v.number({"entries", "maximum number of cached verdicts of each provider"}, cache.entries, 1,
             100'000'000);
    v.section({"ttl", "how long a verdict stays in the cache, up to 10 % less"},
              [&] { visit_times(config, v); });
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
    v.number({"max_seen",
              "number of domains of which it is remembered which agents asked for them; then some of those "
              "that were not queried for long are forgotten; 0: none, and events have no `agents`"},
             state.max_seen, 0, 1'000'000'000);
    v.number({"max_names",
              "largest number of names, with those above them, whose agents and times are kept for "
              "lists[].retro; 0: none"},
             state.max_names, 0, 1'000'000'000);
}

void visit_log(Config& config, ConfigVisitor& v) {
    static constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};
    static constexpr std::array<std::string_view, 2> formats{"text", "json"};
    choice(v, {"level", "debug, info, warning or error"}, config.log.level, levels);
    choice(v, {"format", "text or json"}, config.log.format, formats);
}

void visit_policy(PolicyOptions& policy, ConfigVisitor& v) {
    v.duration(
        {"learn_for",
         "from the first start: first contacts and scores are remembered and not reported; 1d to 7d is "
         "recommended with the embedded engine"},
        policy.learn_for, 0ms, year);
    v.duration(
        {"repeat_after",
         "the same finding on an agent and domain gives no event again within this time; 0s: every query"},
        policy.repeat_after, 0ms, year);
    v.section({"report", "what becomes of each kind of findings; label: named in other events only"}, [&] {
        for (std::size_t kind = 0; kind < reported_kinds; ++kind)
            choice(v, {finding_kind_names[kind], ""}, policy.report[kind], report_as_names);
    });
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
    visit_stages(config, v);
    v.section({"policy", "which findings become events"}, [&] { visit_policy(config.policy, v); });
    v.section({"cache", ""}, [&] { visit_cache(config, v); });
    v.section({"outputs", ""}, [&] {
        v.flag(at_start({"wazuh", "events go to Wazuh's queue socket"}), config.outputs.wazuh);
        v.text(at_start({"file", "events go to this file as JSON lines; '-' is standard output"}),
               config.outputs.file, output_file);
    });
    v.section({"state", ""}, [&] { visit_state(config, v); });
    v.section({"shared", "a server whose state several hosts share; docs/shared.md"},
              [&] { visit_shared(config.shared, v); });
    v.section({"admin", ""}, [&] {
        v.text({"listen", "status page, livez, readyz, healthz and metrics: read only"}, config.admin.listen,
               listen_address);
        v.text({"certificate_file",
                "PEM certificate of the server for admin.listen, with those that lead to its authority; '' "
                "for plain HTTP"},
               config.admin.certificate_file, optional_file);
        v.text({"key_file", "PEM key of that certificate"}, config.admin.key_file, optional_file);
        v.text({"password_file",
                "file with the password of user enrichd for admin.listen; '' when nobody is asked for one",
                true},
               config.admin.password_file, optional_file);
        v.text({"socket", "socket for admin commands; users who may write to it may change things"},
               config.admin.socket, optional_socket_path);
    });
    v.section({"log", ""}, [&] { visit_log(config, v); });
}

}  // namespace enrichd

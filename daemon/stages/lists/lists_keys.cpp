#include "stages/lists/lists_keys.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "asking/text_checks.hpp"
#include "model/finding_kind.hpp"
#include "net/upstream_url.hpp"

namespace enrichd {
namespace {

using namespace std::chrono_literals;
using namespace text_checks;

constexpr std::size_t longest_name = 32;
constexpr std::size_t longest_text = 120;

/// It is a metric's label, a file's name and in events.
Expected list_name(std::string& text) {
    const bool good = !text.empty() && text.size() <= longest_name &&
                      text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
    if (good) return std::nullopt;
    return "a name of at most 32 lower case letters, digits, '_' and '-'";
}

Expected list_source(std::string& text) {
    if (text.empty() || text.starts_with('/') || parse_resource_url(text)) return std::nullopt;
    if (text.find('@') != std::string::npos)
        return "a URL without user and password; put a header into a file, see header_file";
    return "an absolute path, or a URL that begins with http:// or https://";
}

Expected short_text(std::string& text) {
    if (text.size() <= longest_text) return std::nullopt;
    return "at most 120 bytes";
}

/// "csv:COLUMN" is a format with a column.
void visit_format(ListConfig& list, ConfigVisitor& v) {
    std::string text(label(list.format));
    if (list.format == ListFormat::csv) text += ":" + list.column;
    v.text({"format",
            "auto, domains, hosts, adblock, dnsmasq, rpz, cdb, csv:COLUMN (a number from 1, or a name), "
            "misp, isc"},
           text, [](std::string& given) -> Expected {
               const std::string name = given.substr(0, given.find(':'));
               const bool known = std::find(list_format_names.begin(), list_format_names.end(), name) !=
                                  list_format_names.end();
               const bool has_column = given.size() > name.size() + 1;
               if (known && has_column == (name == "csv") && (has_column || name.size() == given.size()))
                   return std::nullopt;
               return "auto, domains, hosts, adblock, dnsmasq, rpz, cdb, csv:COLUMN, misp or isc";
           });
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto found = std::find(list_format_names.begin(), list_format_names.end(),
                                 std::string_view(text).substr(0, colon));
    list.format = static_cast<ListFormat>(found - list_format_names.begin());
    list.column = text.substr(std::min(colon + 1, text.size()));
}

Expected finding_kind_name(std::string& text) {
    if (finding_kind_of(text)) return std::nullopt;
    std::string expected = "one of";
    for (const std::string_view kind : finding_kind_names) expected.append(" ").append(kind);
    return expected;
}

std::string key_of(std::size_t entry, std::string_view key) {
    return "lists[" + std::to_string(entry + 1) + "]." + std::string(key);
}

}  // namespace

void visit_list(ListConfig& list, ConfigVisitor& v) {
    v.text({"name", "name of the list, in events and metrics"}, list.name, list_name);
    v.text({"from", "a file, or a URL that is fetched", true}, list.from, list_source);
    visit_format(list, v);
    choice(v, {"match", "auto: as the format says; suffix: the name and all names below it"}, list.match,
           list_match_names);
    choice(
        v,
        {"action",
         "alert: an event; label: only named in other events; allow: no event; known: established, no first "
         "contact"},
        list.action, list_action_names);
    v.text({"label", "what the names are, such as malware; in events"}, list.label, short_text);
    choice(v, {"confidence", "in events; rules use it"}, list.confidence, confidence_names);
    v.texts({"kinds", "of action allow: findings that are silenced; [] for what enrichd and lists find"},
            list.kinds, finding_kind_name);
    v.duration({"refresh", "interval between two fetches of a URL; a file is read again when it changes"},
               list.refresh, 1min, year);
    v.duration({"max_age", "an older list is still used, and health is degraded"}, list.max_age, 1min, year);
    v.duration(
        {"retro", "of action alert: names asked for within this time before the list had them; 0s: none"},
        list.retro, 0ms, year);
    v.text({"header_file", "file with one request header, \"Auth-Key: KEY\", not readable by others", true},
           list.header_file, optional_file);
    v.text({"ca_file", "file of the certificates to trust instead of the system's", true}, list.ca_file,
           optional_file);
    v.secret_url({"proxy", "URL of an HTTP proxy that supports CONNECT", true}, list.proxy, proxy_url);
    v.text({"user_agent", "how enrichd names itself; format isc needs one with a contact"}, list.user_agent,
           short_text);
    v.duration({"new_for", "format isc: how long a domain that ISC saw first is new"}, list.new_for, 1h,
               year);
    v.decimal({"warn_score", "format isc: lowest score of a warning; 0 for none"}, list.warn_score, 0,
              1'000'000);
}

void check_lists(const ListsConfig& config, const KeyProblems& problems) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < config.lists.size(); ++i) {
        const ListConfig& list = config.lists[i];
        const auto wrong = [&](std::string_view key, std::string message) {
            problems.error(key_of(i, key), std::move(message));
        };
        if (list.name.empty()) wrong("name", "expected a name: every list needs one");
        if (!list.name.empty() && !names.insert(list.name).second)
            wrong("name", "another list has this name already");
        if (list.from.empty()) wrong("from", "expected a file or a URL");
        if (list.format == ListFormat::rpz && list.match != ListMatch::automatic)
            wrong("match", "has no effect on a zone, which says itself what it matches; leave it out");
        if (list.format == ListFormat::misp && !list.from.empty() && !list.fetched())
            wrong("from", "expected the URL of a MISP server, such as https://misp.example.com");
        if (list.format == ListFormat::misp && list.header_file.empty())
            wrong("header_file",
                  "expected a file with the header \"Authorization: KEY\": MISP answers nobody without one");
        if (list.format == ListFormat::isc && list.fetched() &&
            list.user_agent.find('@') == std::string::npos &&
            list.user_agent.find("://") == std::string::npos)
            wrong(
                "user_agent",
                "expected one with a contact, such as \"example-soc (soc@example.com)\": ISC blocks others");
    }
}

std::string summary_of(const ListsConfig& config) {
    if (config.lists.empty()) return "Lists: none";
    std::string out = "Lists: ";
    for (const ListConfig& list : config.lists)
        out += (&list == config.lists.data() ? "" : ", ") + list.name + " (" +
               std::string(label(list.action)) + ")";
    return out;
}

std::vector<ConfiguredServer> servers_of(const ListsConfig& config) {
    std::vector<ConfiguredServer> servers;
    for (const ListConfig& list : config.lists) {
        const auto url = list.fetched() ? parse_resource_url(list.from) : std::nullopt;
        if (!url) continue;
        Upstream upstream{url->host, url->port, url->tls, list.ca_file, {}};
        if (!list.proxy.empty()) upstream.proxy = *parse_proxy_url(list.proxy.reveal());
        servers.push_back({"lists", std::move(upstream),
                           "allow the connection, or set proxy of the list '" + list.name + "'"});
    }
    return servers;
}

}  // namespace enrichd

#include "wazuh/xml.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <pugixml.hpp>
#include <string_view>
#include <utility>

namespace enrichd::wazuh {
namespace {

constexpr const char* blanks = " \t\r\n";

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& list, std::string_view what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

/// Lines are counted from 1.
std::string place(const std::string& text, std::ptrdiff_t offset) {
    const auto end =
        text.begin() + std::min<std::ptrdiff_t>(offset, static_cast<std::ptrdiff_t>(text.size()));
    return "line " + std::to_string(1 + std::count(text.begin(), end, '\n'));
}

/// Wazuh reads bytes, whatever the declaration says.
bool parse(pugi::xml_document& document, const std::string& text, std::string& problem) {
    const auto parsed = document.load_buffer(text.data(), text.size(),
                                             pugi::parse_default | pugi::parse_fragment, pugi::encoding_utf8);
    if (parsed) return true;
    problem = place(text, parsed.offset) + ": " + parsed.description();
    return false;
}

std::string trimmed_child(const pugi::xml_node& node, const char* name) {
    return trimmed(node.child_value(name));
}

Integration integration_of(const pugi::xml_node& node) {
    static constexpr std::array<std::string_view, 12> known{
        "name",           "api_key",      "hook_url", "level",   "rule_id", "group",
        "event_location", "alert_format", "max_log",  "options", "timeout", "retries"};
    const auto value = [&](const char* name) { return std::string(node.child_value(name)); };
    Integration out{value("name"),     value("group"),   value("alert_format"),
                    value("level"),    value("rule_id"), value("event_location"),
                    value("hook_url"), value("api_key"), {}};
    for (const pugi::xml_node& child : node.children())
        if (child.type() == pugi::node_element && !is_one_of(known, child.name()))
            out.unknown.emplace_back(child.name());
    return out;
}

void add_ruleset(const pugi::xml_node& node, OssecConf& out) {
    out.has_ruleset = true;
    for (const pugi::xml_node& one : node.children("rule_dir"))
        out.rule_directories.push_back(trimmed(one.child_value()));
    for (const char* name : {"rule_include", "include", "rule"})
        for (const pugi::xml_node& one : node.children(name))
            out.rule_files.push_back(trimmed(one.child_value()));
    for (const pugi::xml_node& one : node.children("rule_exclude"))
        out.excluded_rule_files.push_back(trimmed(one.child_value()));
}

/// Of an element that is there more than once, Wazuh takes the last.
void add_global(const pugi::xml_node& node, OssecConf& out) {
    for (const pugi::xml_node& json : node.children("jsonout_output"))
        out.json_output = trimmed(json.child_value()) != "no";
    for (const pugi::xml_node& all : node.children("logall_json"))
        out.json_archives = trimmed(all.child_value()) == "yes";
}

void add_root(const pugi::xml_node& root, OssecConf& out) {
    ++out.roots;
    for (const pugi::xml_node& node : root.children()) {
        const std::string_view name = node.name();
        if (name == "integration")
            out.integrations.push_back(integration_of(node));
        else if (::strcasecmp(node.name(), "integration") == 0)
            out.misspelled.emplace_back(name);
        else if (name == "command")
            out.commands[trimmed_child(node, "name")] = trimmed_child(node, "executable");
        else if (name == "active-response")
            out.responses.push_back({trimmed_child(node, "command"), trimmed_child(node, "rules_group"),
                                     trimmed_child(node, "rules_id"), trimmed_child(node, "location"),
                                     trimmed_child(node, "disabled")});
        else if (name == "cluster")
            out.in_cluster = trimmed_child(node, "disabled") == "no";
        else if (name == "localfile")
            out.followed_files.push_back(trimmed_child(node, "location"));
        else if (name == "ruleset" || name == "rules")
            add_ruleset(node, out);
        else if (const pugi::xml_node level = node.child("log_alert_level"); name == "alerts" && level)
            out.log_alert_level = level.text().as_int(out.log_alert_level);
        else if (name == "global")
            add_global(node, out);
    }
}

/// Whether the roots of a part hold elements of one name alone, and each of these is as `fits` says.
template <class Fits>
bool hold_alone(const std::string& text, const char* name, Fits fits) {
    pugi::xml_document document;
    std::string unused;
    if (!parse(document, text, unused)) return false;
    for (const pugi::xml_node& root : document.children()) {
        if (std::strcmp(root.name(), "ossec_config") != 0) return false;
        for (const pugi::xml_node& node : root.children())
            if (std::strcmp(node.name(), name) != 0 || !fits(node)) return false;
    }
    return true;
}

bool has_logall_json_alone(const pugi::xml_node& global) {
    for (const pugi::xml_node& one : global.children())
        if (std::strcmp(one.name(), "logall_json") != 0) return false;
    return static_cast<bool>(global.child("logall_json"));
}

std::string fields_of(const pugi::xml_node& node) {
    std::string out;
    for (const pugi::xml_node& field : node.children("field"))
        out.append(field.attribute("name").value()).append("=").append(field.child_value()).append(";");
    return out;
}

/// A pattern that each Sysmon event 22 fits.
bool fits_every_event_22(const pugi::xml_node& field) {
    static constexpr std::array<std::string_view, 11> anything{"",   ".",     "\\.",   "\\.+", "\\.*", ".+",
                                                               ".*", "^\\.+", "^\\.*", "^.+$", "^.*$"};
    static constexpr std::array<std::string_view, 4> number{"^22$", "22", "^22", "22$"};
    const std::string_view name = field.attribute("name").value();
    if (std::strcmp(field.attribute("negate").value(), "yes") == 0) return false;
    if (name == "win.system.eventID" && is_one_of(number, field.child_value())) return true;
    return name.starts_with("win.") && is_one_of(anything, field.child_value());
}

/// Whether nothing but its parents decides that a rule fits Sysmon's event 22.
bool fits_always(const pugi::xml_node& rule) {
    static constexpr std::array<std::string_view, 10> no_conditions{
        "if_sid", "if_group", "if_level", "description", "options",
        "group",  "mitre",    "info",     "cve",         "category"};
    if (rule.attribute("frequency") || rule.attribute("timeframe") || rule.attribute("maxsize")) return false;
    for (const pugi::xml_node& part : rule.children()) {
        if (part.type() != pugi::node_element || is_one_of(no_conditions, part.name())) continue;
        const std::string_view name = part.name();
        if (name == "decoded_as" && trimmed(part.child_value()) == "windows_eventchannel") continue;
        if (name != "field" || !fits_every_event_22(part)) return false;
    }
    return true;
}

std::vector<std::string> split_at(const std::string& text, const char* separators) {
    std::vector<std::string> out;
    for (std::size_t from = text.find_first_not_of(separators); from != std::string::npos;) {
        const std::size_t end = std::min(text.find_first_of(separators, from), text.size());
        out.push_back(text.substr(from, end - from));
        from = text.find_first_not_of(separators, end);
    }
    return out;
}

Rule rule_of(const pugi::xml_node& node, const std::string& around) {
    Rule rule;
    rule.id = node.attribute("id").value();
    rule.level = node.attribute("level").as_int();
    rule.overwrite = std::strcmp(node.attribute("overwrite").value(), "yes") == 0;
    rule.ignore = node.attribute("ignore").as_int();
    rule.group_text = around;
    for (const pugi::xml_node& group : node.children("group")) rule.group_text += group.child_value();
    rule.groups = split(rule.group_text);
    for (const pugi::xml_node& sid : node.children("if_sid"))
        for (std::string& one : split_at(sid.child_value(), ", \t\r\n"))
            rule.if_sids.push_back(std::move(one));
    for (const pugi::xml_node& group : node.children("if_group"))
        for (std::string& one : split_at(trimmed(group.child_value()), "|"))
            rule.if_groups.push_back(std::move(one));
    rule.if_level = node.child("if_level").text().as_int();
    rule.fields = fields_of(node);
    rule.always = fits_always(node);
    rule.silent = node.attribute("noalert").as_int() == 1;
    for (const pugi::xml_node& option : node.children("options"))
        for (const std::string& one : split_at(option.child_value(), ", \t\r\n"))
            rule.silent = rule.silent || one == "no_log";
    return rule;
}

}  // namespace

std::string trimmed(const std::string& text) {
    const std::size_t from = text.find_first_not_of(blanks);
    if (from == std::string::npos) return {};
    return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

bool has_blanks(const std::string& text) {
    return text.find_first_of(blanks) != std::string::npos;
}

std::vector<std::string> split(const std::string& text) {
    return split_at(text, ",");
}

std::string joined(const std::vector<std::string>& list) {
    std::string out;
    for (const std::string& one : list) out.append(out.empty() ? "" : ", ").append(one);
    return out;
}

std::optional<OssecConf> read_ossec_conf(const std::string& text, std::string& problem) {
    pugi::xml_document document;
    if (!parse(document, text, problem)) return std::nullopt;
    OssecConf out;
    for (const pugi::xml_node& root : document.children("ossec_config")) add_root(root, out);
    return out;
}

bool is_ours(const Integration& one) {
    return trimmed(one.name) == "custom-dnsstats";
}

bool holds_our_integration_alone(const std::string& text) {
    return hold_alone(text, "integration", [](const pugi::xml_node& node) {
        return trimmed_child(node, "name") == "custom-dnsstats";
    });
}

bool holds_archives_alone(const std::string& text) {
    return hold_alone(text, "global", has_logall_json_alone);
}

std::optional<std::vector<Rule>> read_rules(const std::string& text, std::string& problem) {
    pugi::xml_document document;
    if (!parse(document, text, problem)) return std::nullopt;
    std::vector<Rule> out;
    for (const pugi::xml_node& group : document.children("group"))
        for (const pugi::xml_node& node : group.children("rule"))
            out.push_back(rule_of(node, group.attribute("name").value()));
    return out;
}

}  // namespace enrichd::wazuh

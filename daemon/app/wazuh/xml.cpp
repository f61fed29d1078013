#include "app/wazuh/xml.hpp"

#include <algorithm>
#include <cstring>
#include <pugixml.hpp>

namespace enrichd::wazuh {
namespace {

/// Lines are counted from 1.
std::string place(const std::string& text, std::ptrdiff_t offset) {
    const auto end =
        text.begin() + std::min<std::ptrdiff_t>(offset, static_cast<std::ptrdiff_t>(text.size()));
    return "line " + std::to_string(1 + std::count(text.begin(), end, '\n'));
}

bool parse(pugi::xml_document& document, const std::string& text, std::string& problem) {
    const auto parsed =
        document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_fragment);
    if (parsed) return true;
    problem = place(text, parsed.offset) + ": " + parsed.description();
    return false;
}

std::string trimmed(const char* text) {
    constexpr const char* blanks = " \t\r\n";
    const std::string whole(text);
    const std::size_t from = whole.find_first_not_of(blanks);
    if (from == std::string::npos) return {};
    return whole.substr(from, whole.find_last_not_of(blanks) - from + 1);
}

Integration integration_of(const pugi::xml_node& node) {
    const auto value = [&](const char* name) { return trimmed(node.child_value(name)); };
    return {value("name"),  node.child_value("group"), value("alert_format"),
            value("level"), value("rule_id"),          value("event_location")};
}

std::string fields_of(const pugi::xml_node& node) {
    std::string out;
    for (const pugi::xml_node& field : node.children("field"))
        out.append(field.attribute("name").value()).append("=").append(field.child_value()).append(";");
    return out;
}

Rule rule_of(const pugi::xml_node& node, const std::string& around) {
    Rule rule;
    rule.id = node.attribute("id").value();
    rule.level = node.attribute("level").as_int();
    rule.overwrite = std::strcmp(node.attribute("overwrite").value(), "yes") == 0;
    std::string groups = around;
    for (const pugi::xml_node& group : node.children("group")) groups += group.child_value();
    rule.groups = split(groups);
    for (const pugi::xml_node& sid : node.children("if_sid"))
        for (const std::string& one : split(sid.child_value())) rule.if_sids.push_back(trimmed(one.c_str()));
    rule.fields = fields_of(node);
    return rule;
}

}  // namespace

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        if (end > from) out.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return out;
}

std::optional<OssecConf> read_ossec_conf(const std::string& text, std::string& problem) {
    pugi::xml_document document;
    if (!parse(document, text, problem)) return std::nullopt;
    OssecConf out;
    for (const pugi::xml_node& root : document.children("ossec_config")) {
        for (const pugi::xml_node& node : root.children("integration"))
            out.integrations.push_back(integration_of(node));
        for (const pugi::xml_node& node : root.children("command"))
            out.commands[trimmed(node.child_value("name"))] = trimmed(node.child_value("executable"));
        for (const pugi::xml_node& node : root.children("active-response"))
            out.responses.push_back(
                {trimmed(node.child_value("command")), trimmed(node.child_value("rules_group")),
                 trimmed(node.child_value("rules_id")), trimmed(node.child_value("location")),
                 trimmed(node.child_value("disabled"))});
        for (const pugi::xml_node& node : root.children("alerts"))
            if (const pugi::xml_node level = node.child("log_alert_level"))
                out.log_alert_level = level.text().as_int(out.log_alert_level);
    }
    return out;
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

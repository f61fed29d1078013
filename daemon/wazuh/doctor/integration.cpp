// ossec.conf: our integration and our active responses.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "config/sections.hpp"
#include "wazuh/doctor/examination.hpp"

namespace enrichd::wazuh {
namespace {

constexpr const char* our_name = "custom-dnsstats";

bool has(const std::vector<std::string>& list, const std::string& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

void look_at_names(const Examination& at, const std::string& what) {
    for (const Integration& one : at.conf->integrations) {
        if (!one.unknown.empty())
            at.found.problem(what,
                             trimmed(one.name) + " has elements that Wazuh does not know (" +
                                 joined(one.unknown) + "): no integration is started with them",
                             "remove them");
        if (!is_ours(one) && trimmed(one.name).starts_with(our_name))
            at.found.warning(what, trimmed(one.name) + " is called too: each alert is looked up twice",
                             "remove the original integration (docs/migration.md)");
    }
    for (const std::string& name : at.conf->misspelled)
        at.found.problem(what, "<" + name + ">: Wazuh knows its elements in lower case alone",
                         "<integration>");
}

void look_at_filters(const Examination& at, const Integration& one, const std::string& what) {
    const std::vector<std::string> groups = split(one.group);
    const bool any_blank = std::any_of(groups.begin(), groups.end(), has_blanks);
    if (one.group.empty() && one.rule_id.empty() && one.level.empty())
        at.found.warning(what, "has no <group>: every alert of this manager is handed over",
                         std::string("<group>") + group_of_alerts + "</group>");
    else if (!one.group.empty() && !has(groups, group_of_alerts)) {
        const auto& rules = at.rules.rules();
        const bool one_fits = std::any_of(rules.begin(), rules.end(), [&](const LoadedRule& loaded) {
            return loaded.rule.level >= at.conf->log_alert_level && !loaded.rule.silent &&
                   std::any_of(groups.begin(), groups.end(),
                               [&](const std::string& group) { return has(loaded.rule.groups, group); });
        });
        const std::string lacks = "<group> is '" + one.group + "', without " + group_of_alerts +
                                  " exactly so: Wazuh compares letter by letter, blanks too";
        if (one_fits)
            at.found.warning(what, lacks + ". Only alerts of other rules are handed over",
                             std::string("add ,") + group_of_alerts + " if you want Sysmon's DNS queries");
        else
            at.found.problem(what, lacks + ". No rule here has such a group: nothing is handed over",
                             std::string("<group>") + group_of_alerts + "</group>");
    } else if (any_blank) {
        at.found.warning(what, "<group> has blanks, which Wazuh compares too: '" + one.group + "'",
                         "remove them");
    }
    if (!one.rule_id.empty() || !one.event_location.empty())
        at.found.warning(what,
                         "has <rule_id> or <event_location>: only alerts that fit these too are handed over",
                         "remove them");
    for (const std::string& id : split(one.rule_id))
        if (const std::string now = new_id_of(trimmed(id)); !now.empty() && !at.rules.find(trimmed(id)))
            at.found.problem(what, "<rule_id> names " + trimmed(id) + ", whose id is " + now + " now",
                             "remove <rule_id>");
    if (has_blanks(one.hook_url) || has_blanks(one.api_key))
        at.found.warning(what, "<hook_url> or <api_key> has blanks: Wazuh takes them for more arguments",
                         "remove these elements; enrichd needs neither");
}

/// What an active response's group pattern finds, which Wazuh searches in the rule's groups as one text.
bool finds(const std::string& pattern, const std::string& group_text) {
    for (std::size_t from = 0; from <= pattern.size();) {
        const std::size_t end = std::min(pattern.find('|', from), pattern.size());
        std::string one = pattern.substr(from, end - from);
        from = end + 1;
        if (one.starts_with('^')) one.erase(0, 1);
        if (one.ends_with('$')) one.pop_back();
        if (!one.empty() && group_text.find(one) != std::string::npos) return true;
    }
    return false;
}

/// Whether a response is for alerts of one of the rules with these ids or groups.
bool is_for(const Examination& at, const ActiveResponse& one, const std::vector<std::string>& groups) {
    const std::vector<std::string> ids = split(one.rules_id);
    const auto& rules = at.rules.rules();
    const bool by_rule = std::any_of(rules.begin(), rules.end(), [&](const LoadedRule& loaded) {
        const bool of_these = std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
            return has(loaded.rule.groups, group);
        });
        const bool named = std::any_of(ids.begin(), ids.end(),
                                       [&](const std::string& id) { return trimmed(id) == loaded.rule.id; });
        return of_these && (named || finds(one.rules_group, loaded.rule.group_text));
    });
    return by_rule || std::any_of(groups.begin(), groups.end(), [&](const std::string& group) {
               return finds(one.rules_group, group + ",");
           });
}

/// The groups of our rules for events that answer active responses, or for the others.
std::vector<std::string> groups_of(bool answers_active_responses) {
    std::vector<std::string> out;
    for (const OwnEvents& own : own_events())
        for (const std::string_view group : own.rule_groups)
            if (own.answers_active_responses == answers_active_responses && !group.empty())
                out.emplace_back(group);
    return out;
}

std::vector<std::string> groups_of_alerts_that_are_asked_about() {
    std::vector<std::string> out = groups_of(false);
    out.emplace_back(group_of_alerts);
    return out;
}

void look_at_response(const Examination& at, const ActiveResponse& one, const std::string& what) {
    const auto command = at.conf->commands.find(one.command);
    if (command == at.conf->commands.end())
        return at.found.problem(what, one.command + " has no <command>",
                                "add one with <executable>" WIRE_ACTIVE_RESPONSE_NAME "</executable>");
    if (command->second != WIRE_ACTIVE_RESPONSE_NAME)
        return at.found.problem(what, one.command + " runs '" + command->second + "', which is not our shim",
                                "<executable>" WIRE_ACTIVE_RESPONSE_NAME "</executable>");
    if (is_for(at, one, groups_of(true)))
        return at.found.problem(what,
                                "<rules_group> " + one.rules_group + one.rules_id +
                                    " holds our own events: each answer would ask again",
                                "name the group of the rules that are to be checked");
    if (one.location != "server")
        return at.found.problem(what,
                                "<location> is '" + one.location + "': the shim is on the manager alone",
                                "<location>server</location>");
    if (is_for(at, one, groups_of_alerts_that_are_asked_about()))
        return at.found.warning(
            what, one.command + " is for alerts that are checked anyway: each hit is reported twice",
            "remove this <active-response>, or name the group of other rules");
    if (one.rules_group.empty() && one.rules_id.empty())
        return at.found.warning(
            what, "has neither <rules_group> nor <rules_id>: our own events may ask again", "name a group");
    at.found.ok(what, one.command + " for " + one.rules_group + one.rules_id);
}

}  // namespace

bool is_our_response(const OssecConf& conf, const ActiveResponse& one) {
    if (one.disabled == "yes") return false;
    const auto command = conf.commands.find(one.command);
    if (command != conf.commands.end() &&
        command->second.find(WIRE_ACTIVE_RESPONSE_NAME) != std::string::npos)
        return true;
    return one.command.find("enrich") != std::string::npos;
}

bool has_response_of_ours(const std::optional<OssecConf>& conf) {
    return conf && std::any_of(conf->responses.begin(), conf->responses.end(),
                               [&](const ActiveResponse& one) { return is_our_response(*conf, one); });
}

bool hands_over(const OssecConf& conf, const LoadedRule& rule) {
    bool any = false;
    for (const Integration& one : conf.integrations) {
        if (!is_ours(one)) continue;
        any = true;
        const std::vector<std::string> groups = split(one.group);
        const bool group_fits =
            groups.empty() || std::any_of(groups.begin(), groups.end(),
                                          [&](const auto& g) { return has(rule.rule.groups, g); });
        const std::vector<std::string> ids = split(one.rule_id);
        const bool id_fits = ids.empty() || std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
                                 return trimmed(id) == rule.rule.id;
                             });
        if (group_fits && id_fits && rule.rule.level >= std::atoi(one.level.c_str())) return true;
    }
    return !any;
}

void look_at_integration(const Examination& at) {
    const std::string what = at.home.ossec_conf().string() + ": integration";
    look_at_names(at, what);
    std::vector<Integration> ours;
    std::copy_if(at.conf->integrations.begin(), at.conf->integrations.end(), std::back_inserter(ours),
                 is_ours);
    if (ours.empty() && !at.ways.by_shim())
        return at.found.ok(what, "is not needed: the daemon follows Wazuh's file");
    if (ours.empty())
        return at.found.problem(what,
                                "no <integration> with <name>custom-dnsstats</name>, and intake.files names "
                                "no file of this Wazuh: nothing brings alerts",
                                "enrichd wazuh install --write, or with --source alerts or archives; what "
                                "that prints for enrichd.yaml");
    if (ours.size() > 1)
        at.found.warning(what,
                         "custom-dnsstats is there " + std::to_string(ours.size()) +
                             " times: alerts that fit both are handed over twice",
                         "keep one");
    for (const Integration& one : ours) {
        if (one.name != our_name)
            at.found.problem(what, "<name> has blanks, and Wazuh looks for a file with them",
                             "<name>custom-dnsstats</name>");
        if (!one.alert_format.starts_with("json"))
            at.found.problem(what, "<alert_format> is not json: alerts come as text and are refused",
                             "<alert_format>json</alert_format>");
        look_at_filters(at, one, what);
    }
    at.found.ok(what, "custom-dnsstats, group " + (ours[0].group.empty() ? "any" : ours[0].group));
}

void look_at_responses(const Examination& at) {
    const std::string what = at.home.ossec_conf().string() + ": active-response";
    for (const ActiveResponse& one : at.conf->responses) {
        if (is_our_response(*at.conf, one)) look_at_response(at, one, what);
        for (const std::string& id : split(one.rules_id))
            if (const std::string now = new_id_of(trimmed(id)); !now.empty() && !at.rules.find(trimmed(id)))
                at.found.warning(what,
                                 "<rules_id> of " + one.command + " names " + trimmed(id) + ", whose id is " +
                                     now + " now",
                                 "change it");
    }
}

void look_at_conf(const Examination& at) {
    const auto& followed = at.conf->followed_files;
    if (has_response_of_ours(at.conf) &&
        std::none_of(followed.begin(), followed.end(),
                     [](const std::string& file) { return file.ends_with("logs/active-responses.log"); }))
        at.found.warning(at.home.ossec_conf().string() + ": localfile",
                         "names no active-responses.log: what active responses find is not read",
                         "<localfile><log_format>syslog</log_format><location>" +
                             at.home.response_log().string() + "</location></localfile>");
    if (!at.conf->json_output && at.ways.by_shim())
        at.found.problem(at.home.ossec_conf().string() + ": jsonout_output",
                         "is no: the integrator reads alerts.json alone, and there is none",
                         "<jsonout_output>yes</jsonout_output> in <global>");
}

}  // namespace enrichd::wazuh

// Which rules Wazuh loads, and what they make of Sysmon's event 22 and of our own events.
#include <algorithm>
#include <string>
#include <vector>

#include "config/sections.hpp"
#include "wazuh/doctor/examination.hpp"

namespace enrichd::wazuh {
namespace {

bool has(const std::vector<std::string>& list, const std::string& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
}

std::string place(const LoadedRule& one) {
    return " (" + one.file.string() + ")";
}

bool is_alert(const Examination& at, const LoadedRule& one) {
    return one.rule.level > 0 && one.rule.level >= (at.conf ? at.conf->log_alert_level : 3) &&
           !one.rule.silent;
}

/// Whether an alert of a rule gets to our shim, or into the file that the daemon follows.
bool arrives(const Examination& at, const LoadedRule& one) {
    if (!is_alert(at, one)) return false;
    if (at.ways.alerts) return true;
    const bool any_group =
        !at.conf || std::none_of(at.conf->integrations.begin(), at.conf->integrations.end(), is_ours);
    return any_group ? has(one.rule.groups, group_of_alerts) : hands_over(*at.conf, one);
}

/// Why the alert of a rule that always fits does not get to our shim.
void report_obstacle(const Examination& at, const LoadedRule& last, bool better_there) {
    const Rule& rule = last.rule;
    const int least = at.conf ? at.conf->log_alert_level : 3;
    const std::string what = "rule " + rule.id;
    const std::string first =
        better_there ? "is tried before the rule that is meant, and always fits: it " : "";
    if (rule.id == sysmon_22_rule && rule.level == 0 && !better_there)
        return at.found.problem("Sysmon's event 22", "the stock rule 61650 has level 0: it is no alert",
                                install_hint);
    if (rule.level == 0)
        return at.found.problem(what, first + "has level 0: Sysmon's event 22 is no alert" + place(last),
                                "give it a level, or a <field> that says which events it is for");
    if (rule.silent)
        return at.found.problem(what,
                                first + "has noalert or no_log: Sysmon's event 22 is no alert" + place(last),
                                "remove that");
    if (rule.level < least)
        return at.found.problem(what,
                                first + "has level " + std::to_string(rule.level) +
                                    ", below log_alert_level " + std::to_string(least) + ": it is no alert" +
                                    place(last),
                                "raise one or lower the other");
    if (has(rule.groups, group_of_alerts))
        return at.found.problem(what,
                                first +
                                    "raises an alert that the <integration> does not take: look at its "
                                    "<group>, <level> and <rule_id>" +
                                    place(last),
                                std::string("<group>") + group_of_alerts + "</group>, and no other filter");
    at.found.problem(
        what,
        first + "lacks group " + group_of_alerts +
            ": groups are not inherited, and one without a comma at its end is glued to the next" +
            place(last),
        std::string("<group>") + group_of_alerts + ",</group> in the rule");
}

/// In archives.json the event is without them.
void look_at_needless_alerts(const Examination& at, const LoadedRule& last) {
    if (last.file == at.home.rules() && is_alert(at, last) && !at.ways.integration && !at.ways.alerts)
        return at.found.warning("rule " + last.rule.id,
                                "makes an alert of each DNS query, which is indexed: with archives.json that "
                                "is not needed" +
                                    place(last),
                                "enrichd wazuh install --source archives --write");
    at.found.ok("Sysmon's event 22", "needs no rule: archives.json has every event");
}

void look_at_skipped(const Examination& at) {
    const std::string ours = at.home.rules().string();
    for (const SkippedRule& one : at.rules.skipped()) {
        const bool of_ours = one.file == ours || one.taken == ours;
        const std::string both = "is in " + one.taken.string() + " and in " + one.file.string() +
                                 ": Wazuh loads the first of them";
        if (!of_ours) continue;  // the administrator's own
        if (!new_id_of(one.id).empty())
            at.found.problem(
                "rule " + one.id,
                both + ". Rule " + one.id + " of enrichd 0.1.0 has the id " + new_id_of(one.id) + " now",
                "enrichd wazuh install, or bring your changes into enrichd_rules.xml.new and put "
                "that in its place; the other file stays");
        else
            at.found.problem("rule " + one.id, both,
                             "if the other file is the original integration's: docs/migration.md. Else keep "
                             "it, and change the id in enrichd_rules.xml");
    }
}

void look_at_files_read(const Examination& at) {
    const std::string conf = at.home.ossec_conf().string() + ": ruleset";
    for (const UnreadableFile& one : at.rules.unreadable())
        if (one.file.string().find("/ruleset/rules/") == std::string::npos)
            at.found.warning(one.file, one.problem, "look at it; Wazuh may not start with it");
    if (at.conf && !at.conf->has_ruleset)
        at.found.warning(conf, "there is no <ruleset> block: which rules Wazuh loads is not known",
                         "<rule_dir>ruleset/rules</rule_dir> and <rule_dir>etc/rules</rule_dir>");
    if (is_there(at.home.rules()) && !at.rules.reads("enrichd_rules.xml"))
        at.found.problem(conf,
                         at.home.rules().string() +
                             " is not loaded: etc/rules is no <rule_dir>, or a "
                             "<rule_exclude> names it",
                         "<rule_dir>etc/rules</rule_dir>, and no <rule_exclude> for it");
    if (!at.rules.has_sysmon_22() && at.ways.needs_alerts())
        at.found.problem(
            "rule 61650",
            std::string("is not loaded, and rule 100300 stands on it: ") + sysmon_22_file +
                (at.rules.reads(sysmon_22_file) ? " does not have it"
                                                : " is missing or excluded, or ruleset/rules is no "
                                                  "<rule_dir>"),
            "put the stock rules back (reinstall wazuh-manager), and no <rule_exclude> for that file");
}

/// Rules of others that name one of ours by an id that it had once: Wazuh leaves them out.
void look_at_lost(const Examination& at) {
    for (const LostRule& one : at.rules.lost())
        if (const std::string now = new_id_of(one.parent); !now.empty())
            at.found.problem("rule " + one.id,
                             "refers to rule " + one.parent + ", whose id is " + now +
                                 " now: Wazuh leaves it out (" + one.file.string() + ")",
                             "write " + now + " there");
}

}  // namespace

void look_at_rule_files(const Examination& at) {
    look_at_files_read(at);
    look_at_skipped(at);
    look_at_lost(at);
}

void look_at_event_22(const Examination& at) {
    const LoadedRule* start = at.rules.find(sysmon_22_rule);
    if (!start) return;
    const std::vector<Outcome> outcomes = at.rules.outcomes(*start);
    const LoadedRule& last = *outcomes.back().fired;
    if (!at.ways.needs_alerts()) return look_at_needless_alerts(at, last);
    const auto& all = at.rules.rules();
    const bool good_there = std::any_of(all.begin(), all.end(), [&](const LoadedRule& one) {
        return one.rule.id != last.rule.id && has(one.rule.if_sids, sysmon_22_rule) && arrives(at, one);
    });
    std::string quiet;
    for (const Outcome& one : outcomes) {
        if (&one == &outcomes.back() || arrives(at, *one.fired)) continue;
        if (!is_alert(at, *one.fired)) {
            quiet.append(quiet.empty() ? "" : ", ").append(one.fired->rule.id);
            continue;
        }
        at.found.warning("rule " + one.fired->rule.id,
                         "is tried before rule " + last.rule.id + " and lacks group " + group_of_alerts +
                             ": what fits it is not handed over" + place(*one.fired),
                         std::string("<group>") + group_of_alerts + ",</group> in it too");
    }
    if (!quiet.empty())
        at.found.ok("Sysmon's event 22", "rules that make no alert are tried first: " + quiet +
                                             ". What fits them is not handed over");
    if (!arrives(at, last)) return report_obstacle(at, last, good_there);
    if (last.rule.ignore > 0)
        at.found.warning("rule " + last.rule.id,
                         "has ignore=\"" + std::to_string(last.rule.ignore) +
                             "\": after one query the others are no alerts for so many seconds" + place(last),
                         "remove it");
    at.found.ok("rule " + last.rule.id, "makes Sysmon's event 22 an alert that is handed over" + place(last));
}

namespace {

/// One rule for the events of a stage.
void look_at_rule(const Examination& at, const LoadedRule& one, const OwnEvents& own) {
    const auto outcomes = at.rules.outcomes(one);
    const bool any = std::any_of(outcomes.begin(), outcomes.end(),
                                 [&](const Outcome& outcome) { return is_alert(at, *outcome.fired); });
    const std::string of(own.title);
    const std::string what = "rule " + one.rule.id;
    if (!any)
        at.found.problem(what,
                         "the events of " + of + " give no alert: level " + std::to_string(one.rule.level) +
                             ", noalert, or a rule below it that always fits" + place(one),
                         "raise its level, or lower log_alert_level");
    else if (!is_alert(at, *outcomes.back().fired))
        at.found.warning("rule " + outcomes.back().fired->rule.id,
                         "makes no alert of most events of " + of + place(*outcomes.back().fired),
                         "raise its level, or lower log_alert_level");
    else
        at.found.ok(what, "takes the events of " + of);
}

/// Rules for the events of a stage, of which the first that is shipped is needed.
void look_at_rules_of(const Examination& at, const OwnEvents& own, bool needed) {
    const std::string name(own.integration);
    const std::string anchored = "integration=^" + name + "$";
    bool any = false;
    for (const LoadedRule& one : at.rules.rules()) {
        const bool fits = one.rule.fields.find(anchored) != std::string::npos;
        const bool loose =
            needed && !fits && one.rule.fields.find("integration=" + name) != std::string::npos;
        any = any || fits;
        const std::string what = "rule " + one.rule.id;
        if ((fits || loose) && has(one.rule.groups, group_of_alerts))
            at.found.problem(what,
                             std::string("has group ") + group_of_alerts +
                                 ": our own events are handed to the integration again" + place(one),
                             "take that group out of it");
        else if (loose)
            at.found.warning(
                what,
                "its field integration is not anchored: any text with " + name + " in it fits" + place(one),
                "^" + name + "$");
        if (fits) look_at_rule(at, one, own);
    }
    if (any) return;
    const std::string none = "none has field integration ^" + name + "$: ";
    if (needed)
        at.found.problem("rules for our events", none + "events give no alert", install_hint);
    else
        at.found.warning("rules for " + std::string(own.title) + "'s events", none + "they give no alert",
                         install_hint);
}

}  // namespace

void look_at_our_events(const Examination& at) {
    const auto all = own_events();
    for (const OwnEvents& own : all) look_at_rules_of(at, own, &own == &all.front());
}

}  // namespace enrichd::wazuh

// Rules that make alerts of more kinds of DNS events than Sysmon's event 22: those of the file that is
// shipped which somebody asked for, and whose parents are there.
#pragma once

#include <string>
#include <vector>

#include "wazuh/rule_set.hpp"

namespace enrichd::wazuh {

struct EventKind {
    std::string name;
    std::vector<std::string> fields;  // JSON pointers: a name is at one of them
    std::string note{};               // what else it needs
};

const std::vector<EventKind>& event_kinds();
std::vector<std::string> event_kind_names();
bool is_event_kind(const std::string& name);

/// Of those that were asked for, in the order of event_kinds(), each once.
std::vector<EventKind> event_kinds_named(const std::vector<std::string>& names);

struct EventRules {
    std::string text{};                  // of the file; empty: no rule is needed
    std::vector<std::string> kinds{};    // which have a rule in it
    std::vector<std::string> missing{};  // why a kind has no rule here, "named: rule 12138 is not loaded"
};

EventRules event_rules_for(const std::vector<std::string>& kinds, const RuleSet& rules, const Home& home);

/// Whether a file has nothing but rules of ours, as they are shipped.
bool are_shipped_event_rules(const std::string& text);

}  // namespace enrichd::wazuh

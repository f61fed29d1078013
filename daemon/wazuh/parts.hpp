// Shim and rules in the directory of a manager: put there, brought up to date, and taken away again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "wazuh/alert_source.hpp"
#include "wazuh/home.hpp"
#include "wazuh/rule_set.hpp"
#include "wazuh/steps.hpp"

namespace enrichd::wazuh {

bool is_our_shim(const std::string& bytes);

/// Another program that is there is moved aside.
void place_shim(const Home& home, const std::filesystem::path& where, const std::string& shim, Steps& steps);

/// The program that was moved aside comes back.
void remove_shim(const std::filesystem::path& where, Steps& steps);

/// A file of rules of ours, as it is to be.
struct RuleFile {
    std::filesystem::path path;
    std::string text;                        // empty: the file is not needed
    bool (*is_shipped)(const std::string&);  // whether a text is one of ours that nobody has changed
};

RuleFile rule_file(const Home& home, AlertSource source);
RuleFile event_rule_file(const Home& home, const std::string& text);

/// Puts the file there, or takes it away when it is not needed. `put_before`: the hash of what was put there
/// last, 0 when nothing was. Returns the hash to remember.
std::uint64_t place_rules(const Home& home, const RuleFile& file, std::uint64_t put_before, Steps& steps);

void remove_rules(const RuleFile& file, std::uint64_t put_before, Steps& steps);

/// The rules that Wazuh loads in a home.
RuleSet rules_of(const Home& home);

/// Rules of others that stand on ours, which are not there any more.
void note_orphans(const Home& home, Steps& steps);

/// Rules of others that get into the way of ours, and those that name a rule of ours by an id it had once.
void look_at_other_rules(const Home& home, Steps& steps);

}  // namespace enrichd::wazuh

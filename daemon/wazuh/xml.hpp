// ossec.conf and rules as XML. Wazuh's own reader is lax: several roots, and comments anywhere.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace enrichd::wazuh {

/// Values as they stand there, with their blanks: Wazuh compares these too.
struct Integration {
    std::string name;
    std::string group;
    std::string alert_format;
    std::string level;
    std::string rule_id;
    std::string event_location;
    std::string hook_url;
    std::string api_key;
    std::vector<std::string> unknown;  // elements that Wazuh does not know
};

struct ActiveResponse {
    std::string command;
    std::string rules_group;
    std::string rules_id;
    std::string location;
    std::string disabled;
};

/// What of ossec.conf matters to us.
struct OssecConf {
    std::size_t roots = 0;
    std::vector<Integration> integrations;
    std::vector<std::string> misspelled;          // <Integration>: Wazuh knows lower case alone
    std::map<std::string, std::string> commands;  // and their executables
    std::vector<ActiveResponse> responses;
    std::vector<std::string> followed_files;  // <localfile>
    int log_alert_level = 3;                  // alerts below are not written
    bool json_output = true;                  // alerts.json
    bool json_archives = false;               // archives.json, of all events
    bool in_cluster = false;                  // with other managers
    bool has_ruleset = false;
    std::vector<std::string> rule_directories;  // relative to the home
    std::vector<std::string> rule_files;
    std::vector<std::string> excluded_rule_files;
};

/// Nothing when it is no XML; then `problem` says where.
std::optional<OssecConf> read_ossec_conf(const std::string& text, std::string& problem);

/// Whether an integration has our name, with blanks around it or not.
bool is_ours(const Integration& one);

/// Whether a part of ossec.conf holds nothing but integrations with our name.
bool holds_our_integration_alone(const std::string& text);

/// Whether a part of ossec.conf holds nothing but <global> with <logall_json>.
bool holds_archives_alone(const std::string& text);

/// "a,b," as a and b; blanks stay, as with Wazuh.
std::vector<std::string> split(const std::string& list);

/// With a comma and a blank between them.
std::string joined(const std::vector<std::string>& list);

std::string trimmed(const std::string& text);

bool has_blanks(const std::string& text);

struct Rule {
    std::string id;
    int level = 0;
    bool overwrite = false;
    std::vector<std::string> if_sids;
    std::vector<std::string> if_groups;
    int if_level = 0;
    std::vector<std::string> groups;  // as Wazuh puts them together
    std::string group_text;           // the same as one text, which <if_group> is searched in
    std::string fields;               // "integration=^dnsstat$;"
    bool always = true;   // no condition but its parent: it fits each Sysmon event 22 that reaches it
    bool silent = false;  // noalert, or an option no_log
    int ignore = 0;       // seconds without another alert after one
};

/// The rules of one file. Nothing when it is no XML.
std::optional<std::vector<Rule>> read_rules(const std::string& text, std::string& problem);

}  // namespace enrichd::wazuh

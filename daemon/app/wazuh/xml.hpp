// ossec.conf and rules as XML. Wazuh's own reader is lax: several roots, and comments anywhere.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace enrichd::wazuh {

struct Integration {
    std::string name;
    std::string group;
    std::string alert_format;
    std::string level;
    std::string rule_id;
    std::string event_location;
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
    std::vector<Integration> integrations;
    std::map<std::string, std::string> commands;  // and their executables
    std::vector<ActiveResponse> responses;
    int log_alert_level = 3;  // alerts below are not written
};

/// Nothing when it is no XML; then `problem` says where.
std::optional<OssecConf> read_ossec_conf(const std::string& text, std::string& problem);

/// "a,b," as a and b; blanks stay, as with Wazuh.
std::vector<std::string> split(const std::string& list);

struct Rule {
    std::string id;
    int level = 0;
    bool overwrite = false;
    std::vector<std::string> if_sids;
    std::vector<std::string> groups;  // as Wazuh puts them together
    std::string fields;               // "integration=^dnsstat$;"
};

/// The rules of one file. Nothing when it is no XML.
std::optional<std::vector<Rule>> read_rules(const std::string& text, std::string& problem);

}  // namespace enrichd::wazuh

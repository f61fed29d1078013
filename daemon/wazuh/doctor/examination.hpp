// What the parts of doctor look at, and where they put what they find.
#pragma once

#include <optional>
#include <string>

#include "config/config.hpp"
#include "wazuh/doctor/findings.hpp"
#include "wazuh/doctor/running.hpp"
#include "wazuh/home.hpp"
#include "wazuh/rule_set.hpp"
#include "wazuh/xml.hpp"

namespace enrichd::wazuh {

inline constexpr const char* install_hint = "enrichd wazuh install";
inline constexpr const char* integration_hint = "enrichd wazuh install --source integration --write";
inline constexpr const char* restart_hint = "systemctl restart wazuh-manager";
inline constexpr const char* group_of_alerts = "sysmon_event_22";

/// How alerts come to the daemon.
struct Ways {
    bool integration = false;  // ossec.conf calls our shim
    bool alerts = false;       // the daemon follows alerts.json
    bool archives = false;     // and archives.json, which has every event

    /// Without another way the integration is the one that was meant.
    bool by_shim() const { return integration || !(alerts || archives); }
    /// Sysmon's event 22 has to be an alert.
    bool needs_alerts() const { return !archives; }
};

struct Examination {
    const Config& config;
    const Home& home;
    const std::string& daemon_account;  // the user that the daemon is to run as
    const std::optional<OssecConf>& conf;
    const Ways& ways;
    const RuleSet& rules;
    const Running& analysisd;
    const Running& integratord;
    Findings& found;
};

/// Whether a response is one that runs our shim, and is on.
bool is_our_response(const OssecConf& conf, const ActiveResponse& one);

/// Whether one of the responses is.
bool has_response_of_ours(const std::optional<OssecConf>& conf);

/// Whether an integration of ours takes an alert with these groups. True when there is none: then that is the
/// problem.
bool hands_over(const OssecConf& conf, const LoadedRule& rule);

Ways ways_of(const Config& config, const Home& home, const std::optional<OssecConf>& conf);

/// The files that the daemon follows. `status`: what the running daemon says; empty when it does not.
void look_at_followed_files(const Examination& at, const std::string& status);

void look_at_shims(const Examination& at);
void look_at_conf(const Examination& at);
void look_at_integration(const Examination& at);
void look_at_responses(const Examination& at);
void look_at_rule_files(const Examination& at);
void look_at_event_22(const Examination& at);
void look_at_our_events(const Examination& at);
void look_at_rights(const Examination& at);
void look_at_sockets(const Examination& at);
void look_at_programs(const Examination& at);
void look_at_log(const Examination& at);

/// Whether event 22 ever came: `status` is what the running daemon says.
void look_at_arrivals(const Examination& at, const std::string& status);

}  // namespace enrichd::wazuh

// The ways in which Wazuh's alerts come to the daemon, and what each needs on Wazuh's side.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "wazuh/home.hpp"

namespace enrichd::wazuh {

enum class AlertSource {
    integration,  // Wazuh's integrator runs the shim for each alert
    alerts,       // the daemon follows alerts.json
    archives,     // the daemon follows archives.json, which has every event
};

inline constexpr std::array<std::string_view, 3> alert_source_names{"integration", "alerts", "archives"};

std::optional<AlertSource> alert_source_named(std::string_view name);
std::string name_of(AlertSource source);

/// The file that the daemon follows; empty: none.
std::filesystem::path followed_file(const Home& home, AlertSource source);

/// What ossec.conf needs; empty: nothing.
std::string_view conf_part_for(AlertSource source);

/// Our rules. In archives.json are all events: no rule has to make an alert of Sysmon's event 22.
std::string rules_for(AlertSource source);

/// What a part of ossec.conf is for that holds what one source needs and nothing else.
std::optional<AlertSource> source_of_part(const std::string& text);

/// Whether ossec.conf has what a source needs, by our part or by hand.
bool has_what_it_needs(const std::string& ossec_conf, AlertSource source);

/// Whether ossec.conf calls our integration.
bool calls_us(const std::string& ossec_conf);

}  // namespace enrichd::wazuh

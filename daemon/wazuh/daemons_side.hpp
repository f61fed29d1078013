// What the daemon's configuration needs for a source of alerts. The file is its owner's: it is never written,
// what it needs is shown.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "wazuh/alert_source.hpp"
#include "wazuh/steps.hpp"

namespace enrichd::wazuh {

struct DaemonsSide {
    const Config& config;
    const std::string& file;
};

/// Whether two paths name one file, whatever links lead to their directories.
bool is_same_file(const std::filesystem::path& one, const std::filesystem::path& other);

/// Whether the configuration has this file followed.
bool follows(const Config& config, const std::filesystem::path& file);

/// `intake.files` as it has to be for a source: with its file, and without another one of Wazuh's.
std::vector<std::string> files_for(const Config& config, const Home& home, AlertSource source);

/// Says what is missing for a source, and for kinds of events (event_kinds()).
void note_daemons_side(const DaemonsSide& side, const Home& home, AlertSource source,
                       const std::vector<std::string>& events, Steps& steps);

/// The list as a YAML flow sequence.
std::string yaml_list(const std::vector<std::string>& list);

}  // namespace enrichd::wazuh

// Puts our files into the directory of a Wazuh manager, and takes them away again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/report.hpp"
#include "config/config.hpp"
#include "wazuh/alert_source.hpp"

namespace enrichd::wazuh {

/// Remembers in which directories it was, beside the configuration: only root may write there.
struct Setup {
    const Config& config;
    std::string record;  // a file
    std::string config_file = default_config_file;
};

/// How alerts are to come. What is not chosen stays as the last install in that home chose it.
struct Choice {
    std::optional<AlertSource> source{};               // at first: the integration
    std::optional<std::vector<std::string>> events{};  // names of event_kinds(); at first: none
};

/// Shim, rules, and what ossec.conf needs, which is printed, or with `write` put there. Rules that somebody
/// has changed stay; the new ones are put beside them. `home` empty: as the configuration says. What is there
/// already stays as it is. What belongs to another source is taken away.
Report install(const Setup& setup, const std::string& home, bool write, const Choice& choice = {});

/// In each home where install was before: what it put there is brought up to date.
Report refresh(const Setup& setup);

/// `home` empty: each home where install was. Without `write` ossec.conf is left alone, and what to take out
/// is printed.
Report uninstall(const Setup& setup, const std::string& home, bool write);

}  // namespace enrichd::wazuh

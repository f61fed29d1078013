// What the configuration knows of the stages: their sections, their events. See app/composition.hpp.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/config_visitor.hpp"
#include "config/config.hpp"
#include "net/upstream.hpp"

namespace enrichd {

/// The titles of all stages: "Domain Stats and …".
std::string titles_of_stages();

/// The events of all stages.
std::span<const OwnEvents> own_events();

/// Their sections, and their times in the section cache.
void visit_stages(Config& config, ConfigVisitor& visitor);
void visit_times(Config& config, ConfigVisitor& visitor);

/// Settles what depends on which keys are given, before anything else looks at it.
void settle_stages(Config& config, const std::function<bool(std::string_view key)>& given);

/// What no key is wrong about by itself.
void check_stages(const Config& config, const KeyProblems& problems);

/// What the sections refer to: keys are found, files are looked at. `running`: see load_config().
void load_stages(Config& config, const Config* running, const KeyProblems& problems);

/// A section that is switched on or off at the next start alone is left as it was until then: in `config`,
/// which is what is wanted but for the keys that need a restart. Adds the keys that have no effect before.
void leave_until_restart(const Config& was, const Config& wants, Config& config,
                         std::vector<std::string>& keys);

/// Variables of the environment that they read, and what for.
std::vector<std::pair<std::string_view, std::string_view>> environment_of_stages();

/// For `enrichd check`: a line for each stage, and the servers that it may connect to.
std::string summary_of_stages(const Config& config);
std::vector<ConfiguredServer> servers_of_stages(const Config& config);

/// The most that verdicts, and what is remembered of failures, repeats and bursts, take in memory; lists come
/// on top.
std::size_t memory_of_stages(const Config& config);

/// Hands over each URL that may name an internal host, with its default; and each that may hold a password.
void mask_stages(Config& config, const std::function<void(std::string& url, const std::string& usual)>& mask,
                 const std::function<void(Secret& url)>& mask_secret);

}  // namespace enrichd

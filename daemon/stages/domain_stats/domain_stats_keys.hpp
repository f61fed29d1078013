// The keys of the section domain_stats: what they are, and what is wrong with them together.
#pragma once

#include <string>
#include <vector>

#include "base/config_visitor.hpp"
#include "net/upstream.hpp"
#include "stages/domain_stats/domain_stats_config.hpp"
#include "stages/domain_stats/domain_times.hpp"

namespace enrichd {

void visit_domain_stats(DomainStatsConfig& config, ConfigVisitor& visitor);
void visit_domain_times(DomainTimes& times, ConfigVisitor& visitor);

/// Settles mode: auto.
void settle_domain_stats(DomainStatsConfig& config, bool url_given);

void check_domain_stats(const DomainStatsConfig& config, const KeyProblems& problems);

/// Looks at the files that the section names. `running` is what a daemon that reloads has in effect, or null:
/// it reads its files at its start alone.
void load_domain_stats(const DomainStatsConfig& config, const DomainStatsConfig* running,
                       const KeyProblems& problems);

/// For `enrichd check`: "Domain Stats: the embedded engine".
std::string summary_of(const DomainStatsConfig& config);

std::vector<ConfiguredServer> servers_of(const DomainStatsConfig& config);

}  // namespace enrichd

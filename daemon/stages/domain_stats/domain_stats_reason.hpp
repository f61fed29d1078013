// Why there is an event, in a sentence for people.
#pragma once

#include <string>

#include "model/event_domain.hpp"
#include "stages/domain_stats/domain_stats_verdict.hpp"

namespace enrichd {

/// "First contact of this network with example.com, registered 3 days ago." Nothing in it is a text of others
/// but the domain's name.
std::string reason_of(const EventDomain& domain, const DomainStatsAnswer& answer);

}  // namespace enrichd

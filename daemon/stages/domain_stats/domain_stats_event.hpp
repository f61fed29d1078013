// What Wazuh gets of the domain check.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/event.hpp"
#include "model/event_domain.hpp"
#include "stages/domain_stats/domain_stats_verdict.hpp"

namespace enrichd {

inline constexpr OwnEvents domain_stats_events{
    "dnsstat", "Domain Stats", false, {"dnsstat", "dnsstat_alert"}};

/// The keys of the original integration, then `alert_id` and what an analyst needs to decide. `lists`: that
/// name the domain.
Event domain_stats_event(const Alert& alert, const EventDomain& domain, const DomainStatsAnswer& answer,
                         std::span<const std::string> lists = {});

/// The same for a look-up that failed: `text` says why. Rules of the original integration match on it.
/// `domain`: the registrable one, empty when it is not known.
Event domain_stats_error(const Alert& alert, std::string_view domain, std::string_view text);

}  // namespace enrichd

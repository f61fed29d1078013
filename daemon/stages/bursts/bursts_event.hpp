// What Wazuh gets of a burst.
#pragma once

#include <chrono>
#include <string_view>

#include "model/event.hpp"
#include "stages/bursts/carried_bytes.hpp"
#include "stages/bursts/missing_domains.hpp"

namespace enrichd {

inline constexpr OwnEvents burst_events{"burst", "Bursts", false, {"enrichd_burst"}};

/// `alert` is the one that completes the burst, `domain` its registrable domain.
Event nxdomain_event(const Alert& alert, std::string_view domain, const RecentMissing& burst);
Event tunnel_event(const Alert& alert, std::string_view domain, const Carried& carried,
                   std::chrono::milliseconds window);

}  // namespace enrichd

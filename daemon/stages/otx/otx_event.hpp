// What Wazuh gets of the check against OTX.
#pragma once

#include <span>
#include <string>

#include "model/event.hpp"
#include "model/event_domain.hpp"
#include "stages/otx/otx_verdict.hpp"

namespace enrichd {

inline constexpr OwnEvents otx_events{"otx", "OTX", true, {"otx_ioc", "alienvault"}};

/// What OTX says of an alert's name. Beside it stand the keys that the original script kept. In the log of
/// active responses nothing else tells whose alert it was, so there the agent is in the event.
Event otx_event(const Alert& alert, const EventDomain& domain, OtxSubject matched, const OtxVerdict& verdict,
                Destination destination, std::span<const std::string> lists = {});

}  // namespace enrichd

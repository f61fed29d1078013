// Which of OTX's pulses count, and how much. Anybody can publish a pulse about any name, so an unfiltered
// count says little; benign sources and clones say why it says less (facts of OTX's validation and of its
// users' false positives).
#pragma once

#include <string>
#include <vector>

#include "base/clock.hpp"
#include "stages/otx/otx_verdict.hpp"

namespace enrichd {

struct PulseFilter {
    std::vector<std::string> authors{"AlienVault"};  // any case; empty: any author
    std::size_t min_pulses = 1;                      // fewer that pass are a miss
    std::size_t max_age_days = 0;                    // since the pulse was modified; 0: any age
    bool require_active = false;                     // the indicator has not expired in the pulse
    std::vector<std::string> ignore_tags;            // a pulse with one of these does not count; any case
    bool operator==(const PulseFilter&) const = default;
};

/// The verdict and its reasons. Two pulses that pass make it high, one medium; a popular name, or pulses in
/// all of which the indicator has expired, lower it by one; a whitelisted name or an accepted false positive
/// makes it low.
OtxVerdict verdict_of(const OtxAnswer& answer, const PulseFilter& filter, WallTime now);

}  // namespace enrichd

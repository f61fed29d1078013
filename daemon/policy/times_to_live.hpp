// How long a verdict is good. An error is no verdict and has no time to live.
#pragma once

#include <chrono>

#include "base/units.hpp"
#include "model/domain_stats_verdict.hpp"
#include "model/otx_verdict.hpp"

namespace enrichd {

struct TimesToLive {
    std::chrono::milliseconds established = std::chrono::hours(24);
    std::chrono::milliseconds fresh = std::chrono::hours(1);  // "new" in the configuration
    std::chrono::milliseconds error =
        std::chrono::minutes(1);  // a category ERROR, or an age that nobody could be asked for
    std::chrono::milliseconds otx_hit = std::chrono::hours(24);
    std::chrono::milliseconds otx_miss = std::chrono::hours(6);
    std::chrono::milliseconds otx_refused = std::chrono::hours(24);  // no name will become one within a day
    bool operator==(const TimesToLive&) const = default;

    Clock::duration of(const DomainStatsVerdict& verdict) const {
        if (verdict.category == "ESTABLISHED") return established;
        return verdict.category == "ERROR" || verdict.provisional ? error : fresh;
    }
    Clock::duration of(const OtxVerdict& verdict) const {
        if (verdict.refused) return otx_refused;
        return verdict.hit() ? otx_hit : otx_miss;
    }
};

}  // namespace enrichd

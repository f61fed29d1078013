// How long a verdict of OTX is good. A failed request is no verdict and has no time to live.
#pragma once

#include <chrono>
#include <cstdint>

#include "asking/verdict_cache.hpp"
#include "base/clock.hpp"
#include "stages/otx/otx_verdict.hpp"

namespace enrichd {

struct OtxTimes {
    std::chrono::milliseconds hit = std::chrono::hours(24);
    std::chrono::milliseconds miss = std::chrono::hours(6);
    std::chrono::milliseconds refused = std::chrono::hours(24);  // no name will become one within a day
    bool operator==(const OtxTimes&) const = default;

    /// What a verdict's time to live depends on.
    enum Kind : std::uint8_t { a_hit, a_miss, a_refusal };

    static Kind kind(const OtxVerdict& verdict) {
        if (verdict.refused) return a_refusal;
        return verdict.hit() ? a_hit : a_miss;
    }
    Lifetimes all() const { return {hit, miss, refused}; }
    Clock::duration of(const OtxVerdict& verdict) const { return all()[kind(verdict)]; }
};

}  // namespace enrichd

// How long a verdict on a domain is good. A failed look-up is no verdict and has no time to live.
#pragma once

#include <chrono>
#include <cstdint>

#include "asking/verdict_cache.hpp"
#include "base/clock.hpp"
#include "stages/domain_stats/packed_verdict.hpp"

namespace enrichd {

struct DomainTimes {
    std::chrono::milliseconds established = std::chrono::hours(24);
    std::chrono::milliseconds fresh = std::chrono::hours(1);  // "new" in the configuration
    std::chrono::milliseconds error =
        std::chrono::minutes(1);  // a category ERROR, or an age that nobody could be asked for
    bool operator==(const DomainTimes&) const = default;

    /// What a verdict's time to live depends on.
    enum Kind : std::uint8_t { an_established, a_fresh, an_error };

    static Kind kind(const PackedVerdict::Brief& verdict) {
        if (verdict.category == "ESTABLISHED") return an_established;
        return verdict.category == "ERROR" || verdict.provisional ? an_error : a_fresh;
    }
    static Kind kind(const DomainStatsVerdict& verdict) {
        return kind(PackedVerdict::Brief{verdict.category, verdict.provisional});
    }
    Lifetimes all() const { return {established, fresh, error}; }
    Clock::duration of(const DomainStatsVerdict& verdict) const { return all()[kind(verdict)]; }
};

}  // namespace enrichd

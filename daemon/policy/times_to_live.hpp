// How long a verdict is good. An error is no verdict and has no time to live.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "base/units.hpp"
#include "model/domain_stats_verdict.hpp"
#include "model/otx_verdict.hpp"
#include "model/packed_verdict.hpp"

namespace enrichd {

/// What a verdict's time to live depends on.
enum class Lifetime : unsigned char { established, fresh, error, otx_hit, otx_miss, otx_refused };

/// The longest time to live of each kind.
using Lifetimes = std::array<Clock::duration, 6>;

struct TimesToLive {
    std::chrono::milliseconds established = std::chrono::hours(24);
    std::chrono::milliseconds fresh = std::chrono::hours(1);  // "new" in the configuration
    std::chrono::milliseconds error =
        std::chrono::minutes(1);  // a category ERROR, or an age that nobody could be asked for
    std::chrono::milliseconds otx_hit = std::chrono::hours(24);
    std::chrono::milliseconds otx_miss = std::chrono::hours(6);
    std::chrono::milliseconds otx_refused = std::chrono::hours(24);  // no name will become one within a day
    bool operator==(const TimesToLive&) const = default;

    static Lifetime kind(const PackedVerdict::Brief& verdict) {
        if (verdict.category == "ESTABLISHED") return Lifetime::established;
        return verdict.category == "ERROR" || verdict.provisional ? Lifetime::error : Lifetime::fresh;
    }
    static Lifetime kind(const DomainStatsVerdict& verdict) {
        return kind(PackedVerdict::Brief{verdict.category, verdict.provisional});
    }
    static Lifetime kind(const OtxVerdict& verdict) {
        if (verdict.refused) return Lifetime::otx_refused;
        return verdict.hit() ? Lifetime::otx_hit : Lifetime::otx_miss;
    }
    Lifetimes all() const { return {established, fresh, error, otx_hit, otx_miss, otx_refused}; }

    template <class Verdict>
    Clock::duration of(const Verdict& verdict) const {
        return all()[static_cast<std::size_t>(kind(verdict))];
    }
};

}  // namespace enrichd

// When an upstream is left alone: it is away, it says that we ask too often, or it refuses our key. One try
// now and then finds out whether it still does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>

#include "base/result.hpp"
#include "policy/breaker.hpp"
#include "policy/failure.hpp"

namespace enrichd {

struct HoldBackOptions {
    BreakerOptions away{5, std::chrono::seconds(30), std::chrono::minutes(10)};
    BreakerOptions limited{1, std::chrono::minutes(1), std::chrono::minutes(15)};
    BreakerOptions refused{1, std::chrono::minutes(15), std::chrono::hours(4)};
    std::chrono::seconds longest_retry_after = std::chrono::hours(1);  // longer than this nobody is believed
};

class HoldBack {
  public:
    /// Numbers tries in the order in which they begin.
    using Number = std::uint64_t;

    explicit HoldBack(const HoldBackOptions& options)
        : options_(options),
          away_(options.away),
          limited_(options.limited),
          refused_(options.refused),
          random_(std::random_device()()) {}

    Number begin() { return ++begun_; }

    /// Held back, whether or not a try is due.
    bool holds() const { return until_.has_value(); }

    /// Until then no try is due; nothing when it is not held back.
    const std::optional<Clock::time_point>& until() const { return until_; }

    /// A try failed. True when that begins a hold of another kind, which is worth a word.
    bool failed(const error& failure, std::optional<std::chrono::seconds> retry_after, Number number,
                Clock::time_point now) {
        Breaker& breaker = breaker_of(failure);
        if (&breaker == &refused_ && number <= key_changed_) return false;  // it was the old key's failure
        const bool opened = breaker.failed(&breaker != &away_ || out_of_reach(failure));
        // What was begun before the hold says nothing new of it.
        if (!breaker.open() || (!opened && until_ && number <= since_)) return opened;

        std::uniform_real_distribution<double> factor(1.0, 1.1);
        auto pause = std::chrono::duration_cast<Clock::duration>(breaker.next_pause() * factor(random_));
        if (retry_after) {
            // Believed the first time; not from one who says "soon" again and again.
            const Clock::duration asked =
                std::clamp(*retry_after, std::chrono::seconds(1), options_.longest_retry_after);
            pause = opened ? asked : std::max(pause, asked);
        }
        until_ = std::max(now + pause, until_.value_or(now));
        since_ = begun_;
        return opened;
    }

    /// A try was answered as it should be. True when that ends the hold.
    bool answered(Number number) {
        if (until_ && number <= since_) return false;
        for (Breaker* breaker : {&away_, &limited_, &refused_}) breaker->succeeded();
        return std::exchange(until_, std::nullopt).has_value();
    }

    /// Somebody may have mended it: a try is due now, unless we are limited, or refused and the key is the
    /// old one.
    void mended(bool new_key, Clock::time_point now) {
        if (new_key) key_changed_ = begun_;
        if (new_key) refused_.succeeded();
        if (until_ && !limited_.open() && !refused_.open()) until_ = now;
    }

  private:
    Breaker& breaker_of(const error& failure) {
        if (failure == errc::rate_limited) return limited_;
        return failure == errc::key_refused || failure == errc::blocked ? refused_ : away_;
    }

    HoldBackOptions options_;
    Breaker away_;
    Breaker limited_;
    Breaker refused_;
    std::optional<Clock::time_point> until_;
    Number begun_ = 0;
    Number since_ = 0;        // the last try that had begun when the hold did
    Number key_changed_ = 0;  // the last with the old key
    std::minstd_rand random_;
};

}  // namespace enrichd

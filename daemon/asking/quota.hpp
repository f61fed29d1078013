// A limit of requests an hour: a token bucket that never lets more through in any hour.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace enrichd {

/// A tenth of the hour's requests may be made at once, after a quiet time; the others come evenly. With a
/// bucket of b tokens and one more every 1 h / (n - b + 1), at most n are taken in any span of less than an
/// hour.
class Quota {
  public:
    explicit Quota(std::size_t per_hour) : left_(0) {
        configure(per_hour);
        left_ = most_;
    }

    /// What was spent stays spent.
    void configure(std::size_t per_hour) {
        const auto whole = static_cast<long>(per_hour);
        most_ = std::max(1L, whole / 10);
        left_ = std::min(left_, most_);
        const long steps = whole - most_ + 1;
        const Clock::duration hour = std::chrono::hours(1);
        interval_ = (hour + Clock::duration(steps - 1)) / steps;  // rounded up: never early
    }

    /// That may be made at once, and after how long another may.
    std::size_t most() const { return static_cast<std::size_t>(most_); }
    Clock::duration interval() const { return interval_; }

    bool take(Clock::time_point now) {
        refill(now);
        if (left_ <= 0) return false;
        if (left_ == most_) refilled_ = now;
        --left_;
        return true;
    }

    /// For a request that went out unasked: it is owed.
    void charge(std::size_t requests, Clock::time_point now) {
        refill(now);
        if (left_ == most_) refilled_ = now;
        left_ -= static_cast<long>(requests);
    }

    /// One that was taken was not made.
    void give_back() { left_ = std::min(most_, left_ + 1); }

    /// No more than this is left.
    void limit(std::size_t left, Clock::time_point now) {
        refill(now);
        if (left_ == most_) refilled_ = now;
        left_ = std::min(left_, static_cast<long>(left));
    }

    /// When take() will succeed: not after `now` when it would already.
    Clock::time_point next(Clock::time_point now) {
        refill(now);
        return left_ > 0 ? now : refilled_ + (1 - left_) * interval_;
    }

    /// Whether more than half of what may be made at once is left.
    bool ample(Clock::time_point now) {
        refill(now);
        return 2 * left_ > most_;
    }

    std::size_t left(Clock::time_point now) {
        refill(now);
        return static_cast<std::size_t>(std::max(left_, 0L));
    }

  private:
    void refill(Clock::time_point now) {
        if (left_ == most_ || now < refilled_ + interval_) return;
        const auto more = (now - refilled_) / interval_;
        refilled_ += more * interval_;
        left_ = std::min(most_, left_ + static_cast<long>(more));
    }

    long most_ = 1;
    long left_;  // below 0: owed
    Clock::duration interval_{};
    Clock::time_point refilled_{};
};

}  // namespace enrichd

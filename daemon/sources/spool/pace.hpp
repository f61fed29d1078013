// How fast spooled alerts are begun: all at once while they can be kept; after one that could not, later and
// later, one at a time, until that can.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/clock.hpp"

namespace enrichd {

struct PaceOptions {
    Clock::duration first = std::chrono::milliseconds(100);
    Clock::duration longest = std::chrono::seconds(5);
    std::size_t most = 256;  // at once
    bool operator==(const PaceOptions&) const = default;
};

class Pace {
  public:
    explicit Pace(const PaceOptions& options)
        : options_(options), pause_(options.first), allowed_(options.most) {}

    bool may_begin(std::size_t in_flight, Clock::time_point now) const {
        return in_flight < allowed_ && now >= stopped_until_;
    }

    /// One has to wait until next_try().
    void later(Clock::time_point now) {
        if (now >= next_try_) next_try_ = now + std::exchange(pause_, std::min(pause_ * 2, options_.longest));
    }
    /// One could not be kept: it waits, and all others with it.
    void refused(Clock::time_point now) {
        later(now);
        stopped_until_ = next_try_;
        allowed_ = 1;
    }
    void kept() {
        pause_ = options_.first;
        allowed_ = std::min(allowed_ * 2, options_.most);
    }

    Clock::time_point next_try() const { return next_try_; }
    Clock::time_point stopped_until() const { return stopped_until_; }

  private:
    PaceOptions options_;
    Clock::duration pause_;
    std::size_t allowed_;
    Clock::time_point next_try_{};
    Clock::time_point stopped_until_{};
};

}  // namespace enrichd

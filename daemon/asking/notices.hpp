// An outage is reported once a minute for each cause, not once for each alert.
#pragma once

#include <map>
#include <string_view>

#include "base/clock.hpp"

namespace enrichd {

class Notices {
  public:
    explicit Notices(Clock::duration interval) : interval_(interval) {}

    void configure(Clock::duration interval) { interval_ = interval; }

    /// `cause` is a label: few of them, and they live for ever.
    bool due(std::string_view cause, Clock::time_point now) {
        const auto [last, first_time] = last_.try_emplace(cause, now);
        if (!first_time && now < last->second + interval_) return false;
        last->second = now;
        return true;
    }

  private:
    Clock::duration interval_;
    std::map<std::string_view, Clock::time_point> last_;
};

}  // namespace enrichd

// The last events, in memory, for `enrichd why`.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/event.hpp"

namespace enrichd {

class RecentEvents {
  public:
    static constexpr std::size_t most = 1'000;

    struct One {
        WallTime time;
        std::string domain;
        std::string agent;       // its id
        std::string_view event;  // Event::kind
        KindSet findings;
    };

    void note(std::string_view domain, const Event& event) {
        if (events_.size() >= most) events_.pop_front();
        events_.push_back({wall_seconds(WallClock::now()), std::string(domain), event.agent.id, event.kind,
                           event.findings});
    }

    const std::deque<One>& all() const { return events_; }

  private:
    std::deque<One> events_;
};

}  // namespace enrichd

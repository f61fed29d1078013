#include "base/clock.hpp"

#include <stdexcept>

namespace enrichd {

SimulatedTime::SimulatedTime(WallClock::time_point wall) : wall_(wall) {
    if (current_) throw std::logic_error("simulated time is on already");
    current_ = this;
}

SimulatedTime::~SimulatedTime() {
    current_ = nullptr;
}

}  // namespace enrichd

#include "base/clock.hpp"

#include <stdexcept>

namespace enrichd {

SimulatedTime::SimulatedTime(WallClock::time_point wall, Clock::time_point start)
    : wall_(wall), start_(start) {
    if (current()) throw std::logic_error("simulated time is on already");
    current_ = this;
}

SimulatedTime::~SimulatedTime() {
    current_ = nullptr;
}

}  // namespace enrichd

// Where events go: the outputs, and a list in tests.
#pragma once

#include <functional>

#include "base/task.hpp"
#include "model/event.hpp"

namespace enrichd {

class Sink {
  public:
    virtual ~Sink() = default;

    /// Called before each wait: whether the event has reached one of the outputs already.
    using BeforeWaiting = std::function<void(bool reached_one)>;

    /// Delivers everywhere, waiting for as long as it takes. False when it was cancelled.
    virtual task<bool> deliver(Event event, BeforeWaiting before_waiting) = 0;
};

}  // namespace enrichd

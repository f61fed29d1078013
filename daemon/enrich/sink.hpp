// Where events go: the outputs, and a list in tests.
#pragma once

#include <functional>

#include "base/task.hpp"
#include "model/event.hpp"

namespace enrichd {

class Sink {
  public:
    virtual ~Sink() = default;

    /// Delivers everywhere, waiting for as long as it takes; `before_waiting` is called before the first
    /// wait, if there is one. False when it was cancelled.
    virtual task<bool> deliver(Event event, std::function<void()> before_waiting) = 0;
};

}  // namespace enrichd

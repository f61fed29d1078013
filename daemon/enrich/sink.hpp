// Where events go: the outputs, and a list in tests.
#pragma once

#include <vector>

#include "store/outbox.hpp"

namespace enrichd {

class Sink {
  public:
    virtual ~Sink() = default;

    /// Gives an event to every output that takes it, without waiting. Those that cannot have it now are in
    /// what comes back, and the event is claimed for them in the outbox: the caller has it written there.
    [[nodiscard]] virtual std::vector<Undelivered> deliver(Event event) = 0;

    /// Some output does not take events now, as far as is known.
    virtual bool behind() const = 0;
};

}  // namespace enrichd

// Where events go: the outputs, and a list in tests.
#pragma once

#include <cstddef>
#include <vector>

#include "store/outbox.hpp"

namespace enrichd {

class Sink {
  public:
    virtual ~Sink() = default;

    /// Gives an event to every output that takes it, without waiting. Those that cannot have it now are in
    /// what comes back, and the event is claimed for them in the outbox: the caller has it written there.
    [[nodiscard]] virtual std::vector<Undelivered> deliver(Event event) = 0;

    /// Number of outputs that take such an event: so many places in the outbox it may need.
    virtual std::size_t copies(const Event& event) const = 0;

    /// The same while nothing can be kept. Outputs that failed last are tried first, and the first that does
    /// not take the event ends it: then false, and the event has to come again. Nothing is claimed.
    [[nodiscard]] virtual bool deliver_or_refuse(const Event& event) = 0;
};

}  // namespace enrichd

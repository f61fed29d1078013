// One place that events are written to.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"

namespace enrichd {

class Output {
  public:
    virtual ~Output() = default;

    /// For metrics and the log.
    virtual std::string_view name() const = 0;

    /// What an operator does when it fails.
    virtual std::string_view advice() const = 0;

    /// Whether such an event goes here.
    virtual bool takes(const Event& event) const = 0;

    /// Writes one event without waiting. Errors: output_absent, output_full, output_failed (all worth another
    /// try later), output_too_long (never).
    [[nodiscard]] virtual result<void> write(const Event& event) = 0;

    /// Whether it would take an event now, as far as that can be known without one. The same errors.
    [[nodiscard]] virtual result<void> probe() = 0;

    /// Events that it took and that may be lost with their reader: they have to be written again. They are
    /// the caller's from here on.
    virtual std::vector<Event> take_back() { return {}; }

    /// It has something to do without an event: then it is probed every second.
    virtual bool restless() const { return false; }
};

}  // namespace enrichd

// One place that events are written to.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/task.hpp"
#include "model/event.hpp"

namespace enrichd {

/// How far Output::send came.
struct Sent {
    std::size_t events = 0;
    error failure{};  // of the one behind them
};

class Output {
  public:
    virtual ~Output() = default;

    /// For metrics and the log.
    virtual std::string_view name() const = 0;

    /// What an operator does when it fails.
    virtual std::string_view advice() const = 0;

    /// Where it writes, for people.
    virtual std::string address() const = 0;

    /// Whether such an event goes here.
    virtual bool takes(const Event& event) const = 0;

    /// False for an output that has to wait for its peer, such as an HTTP server: then all its events go
    /// through the outbox and to send(), and try_now() is not called.
    virtual bool immediate() const { return true; }

    /// Writes one event without waiting. Errors: output_absent, output_full, output_failed (all worth another
    /// try later), output_too_long (never).
    [[nodiscard]] virtual result<void> try_now(const Event& event) = 0;

    /// Sends events that waited in the outbox, in their order, until one fails. May wait. Errors: those of
    /// try_now; cancelled. An event that was sent and is not counted is sent again.
    virtual task<Sent> send(std::vector<Event> events);

    /// Whether it would take an event now, as far as that can be known without one. The same errors.
    [[nodiscard]] virtual result<void> probe() = 0;

    /// Events that it took and that may be lost with their reader: they have to be written again. They are
    /// the caller's from here on.
    virtual std::vector<Event> take_back() { return {}; }

    /// It has something to do without an event: then it is probed every second.
    virtual bool restless() const { return false; }
};

}  // namespace enrichd

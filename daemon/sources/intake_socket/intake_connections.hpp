// The connections of the intake socket that are open at once: their number has a limit, and a silent one is
// cut when a new one needs its place.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <list>

#include "base/clock.hpp"
#include "base/task.hpp"

namespace enrichd {

class IntakeConnections {
  public:
    class Slot;
    class Silent;

    /// It outlives its slots.
    IntakeConnections(asio::io_context& io, std::size_t limit);

    void set_limit(std::size_t limit) { limit_ = limit; }

    std::size_t open() const { return open_; }

    /// For one more connection, if need be in the place of a silent one.
    bool has_room() const { return open_ < limit_ || !silent_.empty(); }

    /// Cuts a silent connection when the limit is reached. Only while has_room().
    void make_room();

    task<void> wait_for_room();

  private:
    std::size_t limit_;
    std::size_t open_ = 0;
    std::list<Silent*> silent_;  // of these, oldest first
    Timer ended_;                // cancelled when a connection ends
};

/// One of the connections that may be open at once.
class IntakeConnections::Slot {
  public:
    explicit Slot(IntakeConnections& connections) : connections_(&connections) { ++connections.open_; }
    Slot(Slot&& other) noexcept;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    Slot& operator=(Slot&&) = delete;
    ~Slot() { release(); }
    void release();

  private:
    IntakeConnections* connections_;
};

/// A connection whose packet has not come. When there is no room for another, the one that has been silent
/// for longest is cut. A shim sends at once, so that harms no shim. All outlive this.
class IntakeConnections::Silent {
  public:
    Silent(IntakeConnections& connections, Slot& slot, asio::posix::stream_descriptor& descriptor);
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    ~Silent();

    /// Releases its slot, and ends what waits for its packet.
    void cut();

  private:
    IntakeConnections& connections_;
    Slot& slot_;
    asio::posix::stream_descriptor& descriptor_;
    std::list<Silent*>::iterator at_;
    bool cut_ = false;
};

}  // namespace enrichd

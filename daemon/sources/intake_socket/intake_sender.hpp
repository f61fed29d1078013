// A connection whose sender is to hear whether its alert is safe.
#pragma once

#include <cstdint>

#include "base/fd.hpp"
#include "proto/wire.h"
#include "sources/intake_socket/intake_connections.hpp"

namespace enrichd {

/// It is answered once. When it is dropped the alert is not safe.
class IntakeSender {
  public:
    /// `busy` counts senders that are answered so, and outlives this.
    IntakeSender(Fd socket, IntakeConnections::Slot slot, std::uint64_t& busy);
    IntakeSender(IntakeSender&& other) noexcept = default;
    IntakeSender(const IntakeSender&) = delete;
    IntakeSender& operator=(const IntakeSender&) = delete;
    IntakeSender& operator=(IntakeSender&&) = delete;
    ~IntakeSender() { answer(WIRE_STATUS_BUSY); }

    /// Closes the connection too, and releases its slot.
    void answer(wire_status status);

    int socket() const { return socket_.get(); }

  private:
    Fd socket_;
    IntakeConnections::Slot slot_;
    std::uint64_t& busy_;
};

}  // namespace enrichd

// What the shim does, without a process: one connection, one packet, one reply.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/wire.h"

namespace enrichd::test {

struct Parcel {
    wire_kind kind = WIRE_KIND_ALERT;
    std::uint64_t id = 0;
    std::string_view alert;
};

/// Asks the daemon to take it. WIRE_STATUS_BUSY stands for every way in which it did not answer. `limit` is
/// for each step, 0 is none: measurements do not pay for setting it.
wire_status offer(const std::string& socket, const Parcel& parcel, std::chrono::milliseconds limit);

/// The same without limit; true when the alert is safe.
inline bool hand_over(const std::string& socket, const std::string& alert, std::uint64_t id) {
    return offer(socket, {WIRE_KIND_ALERT, id, alert}, std::chrono::milliseconds(0)) == WIRE_STATUS_SAFE;
}

}  // namespace enrichd::test

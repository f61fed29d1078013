// One request packet off a socket, checked, and the reply to it.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "proto/wire.h"

namespace enrichd {

struct Packet {
    std::uint64_t id = 0;
    bool active_response = false;  // else an alert of the integrator
    std::string_view path;         // both point into the buffer that every call uses:
    std::string_view alert;        // good until the next one
};

/// Reads one packet without waiting. Errors: packet_truncated, packet_magic, packet_version, packet_kind,
/// packet_length, packet_descriptors (they are closed), peer_gone; the system's, and `would_block` among
/// them.
[[nodiscard]] result<Packet> receive_packet(int socket);

/// Without waiting. A peer that has left does not need it, and its spool has the alert.
void send_reply(int socket, wire_status status);

}  // namespace enrichd

// One request packet off a socket, checked.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"

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

}  // namespace enrichd

#include "sources/intake_socket/packet.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace enrichd {
namespace {

// One thread reads packets, and what is in here is used before the next is read.
std::array<unsigned char, WIRE_MAX_REQUEST> buffer;

error to_error(wire_check check) {
    switch (check) {
        case WIRE_OK:
            return {};
        case WIRE_BAD_MAGIC:
            return errc::packet_magic;
        case WIRE_BAD_VERSION:
            return errc::packet_version;
        case WIRE_BAD_KIND:
            return errc::packet_kind;
        case WIRE_BAD_ID:
            return errc::packet_id;
        case WIRE_BAD_LENGTH:
            return errc::packet_length;
    }
    return errc::packet_length;
}

}  // namespace

result<Packet> receive_packet(int socket) {
    iovec part{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    // There is no room for control data, so the kernel closes any descriptor that comes with the packet.
    const ssize_t size = ::recvmsg(socket, &message, MSG_DONTWAIT);
    if (size < 0) return last_error();
    if (message.msg_flags & MSG_CTRUNC) return errc::packet_descriptors;
    if (message.msg_flags & MSG_TRUNC) return errc::packet_truncated;
    if (size == 0) return errc::peer_gone;

    wire_request request{};
    const auto check = wire_unpack_request(buffer.data(), static_cast<std::size_t>(size), &request);
    if (check != WIRE_OK) return to_error(check);
    const char* body = reinterpret_cast<const char*>(buffer.data()) + WIRE_REQUEST_HEADER;
    return Packet{request.id,
                  request.kind == WIRE_KIND_ACTIVE_RESPONSE,
                  {body, request.path_length},
                  {body + request.path_length, request.alert_length}};
}

void send_reply(int socket, wire_status status) {
    std::array<unsigned char, WIRE_REPLY_SIZE> packet{};
    wire_pack_reply(packet.data(), status);
    (void)::send(socket, packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace enrichd

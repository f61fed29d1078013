// Packets of the shim, and of anybody who can connect, through a real socket.
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "fuzz.hpp"
#include "proto/wire.h"
#include "sources/intake_socket/packet.hpp"

namespace enrichd::fuzz {
namespace {

struct Pair {
    Pair() { require(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()) == 0); }
    std::array<int, 2> ends{};
};

/// With a descriptor beside it when the second reserved byte says so.
void send(int socket, std::string_view packet) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    iovec part{const_cast<char*>(packet.data()), packet.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (packet.size() > 7 && packet[7] == 1) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &socket, sizeof socket);
    }
    require(::sendmsg(socket, &message, 0) == static_cast<ssize_t>(packet.size()));
}

void require_same(const Packet& packet, std::string_view sent) {
    require(packet.id != 0 && !packet.alert.empty());
    require(sent.substr(WIRE_REQUEST_HEADER) == std::string(packet.path).append(packet.alert));
    require(packet.path.size() <= WIRE_MAX_PATH && packet.alert.size() <= WIRE_MAX_ALERT);

    const wire_request request{
        packet.id,
        packet.active_response ? std::uint8_t{WIRE_KIND_ACTIVE_RESPONSE} : std::uint8_t{WIRE_KIND_ALERT},
        static_cast<std::uint32_t>(packet.path.size()), static_cast<std::uint32_t>(packet.alert.size())};
    std::array<unsigned char, WIRE_REQUEST_HEADER> header{};
    wire_pack_request(header.data(), &request);
    header[6] = static_cast<unsigned char>(sent[6]);
    header[7] = static_cast<unsigned char>(sent[7]);
    require(std::memcmp(header.data(), sent.data(), header.size()) == 0);
}

void look_at_reply(std::string_view bytes) {
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const wire_status status = wire_unpack_reply(data, bytes.size());
    std::array<unsigned char, WIRE_REPLY_SIZE> reply{};
    wire_pack_reply(reply.data(), status);
    require(wire_unpack_reply(reply.data(), reply.size()) == status);
    require(status == WIRE_STATUS_BUSY || std::memcmp(reply.data(), data, reply.size() - 1) == 0);
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    static const fuzz::Pair pair;
    const std::string_view sent = fuzz::input(data, size);
    fuzz::send(pair.ends[0], sent);
    const auto packet = receive_packet(pair.ends[1]);
    if (size > 7 && data[7] == 1)
        fuzz::require(packet.has_error() && packet.error() == errc::packet_descriptors);
    else if (packet)
        fuzz::require_same(*packet, sent);
    fuzz::require(receive_packet(pair.ends[1]).error() == boost::system::errc::operation_would_block);
    fuzz::look_at_reply(sent);
    return 0;
}

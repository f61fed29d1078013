#include "support/sender.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cstring>

#include "base/fd.hpp"

namespace enrichd::test {
namespace {

void limit_steps(int fd, std::chrono::milliseconds limit) {
    const timeval time{limit.count() / 1000, limit.count() % 1000 * 1000};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

}  // namespace

wire_status offer(const std::string& socket, const Parcel& parcel, std::chrono::milliseconds limit) {
    const Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (limit.count() > 0) limit_steps(fd.get(), limit);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return WIRE_STATUS_BUSY;
    std::array<unsigned char, WIRE_REQUEST_HEADER> header{};
    const wire_request request{parcel.id, static_cast<std::uint8_t>(parcel.kind), 0,
                               static_cast<std::uint32_t>(parcel.alert.size())};
    wire_pack_request(header.data(), &request);
    std::array<iovec, 2> parts{
        {{header.data(), header.size()}, {const_cast<char*>(parcel.alert.data()), parcel.alert.size()}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    std::array<unsigned char, WIRE_REPLY_SIZE> reply{};
    if (::sendmsg(fd.get(), &message, MSG_NOSIGNAL) < 0) return WIRE_STATUS_BUSY;
    const ssize_t size = ::recv(fd.get(), reply.data(), reply.size(), 0);
    return size < 0 ? WIRE_STATUS_BUSY : wire_unpack_reply(reply.data(), static_cast<std::size_t>(size));
}

}  // namespace enrichd::test

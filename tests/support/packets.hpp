// The shim's packets, good and bad, sent by hand.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "proto/wire.h"

namespace enrichd::test {

inline std::string packet(std::uint64_t id, const std::string& alert,
                          const std::string& path = "/tmp/a.alert", wire_kind kind = WIRE_KIND_ALERT) {
    std::string out(WIRE_REQUEST_HEADER, '\0');
    const wire_request header{id, static_cast<std::uint8_t>(kind), static_cast<std::uint32_t>(path.size()),
                              static_cast<std::uint32_t>(alert.size())};
    wire_pack_request(reinterpret_cast<unsigned char*>(out.data()), &header);
    return out + path + alert;
}

/// Connected, or none when the listener's queue is full.
inline Fd connect_nonblocking(const std::string& path) {
    Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
    return fd;
}

/// The packet with so many copies of a descriptor.
inline bool send_with_descriptors(const Fd& to, std::string bytes, const Fd& passed, std::size_t count) {
    iovec part{bytes.data(), bytes.size()};
    std::vector<int> copies(count, passed.get());
    const std::size_t size = count * sizeof(int);
    std::vector<char> control(CMSG_SPACE(size));
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(size);
    std::memcpy(CMSG_DATA(head), copies.data(), size);
    return ::sendmsg(to.get(), &message, MSG_NOSIGNAL) >= 0;
}

}  // namespace enrichd::test

// What the shim does, without a process: one connection, one packet, one reply.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "bench/figures.hpp"
#include "proto/wire.h"
#include "support/alerts.hpp"

namespace enrichd::test {

inline wire_status hand_over(const std::string& socket, const std::string& alert, std::uint64_t id) {
    const Fd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return WIRE_STATUS_BUSY;
    std::array<unsigned char, WIRE_REQUEST_HEADER> header{};
    const wire_request request{id, WIRE_KIND_ALERT, 0, static_cast<std::uint32_t>(alert.size())};
    wire_pack_request(header.data(), &request);
    std::array parts{iovec{header.data(), header.size()},
                     iovec{const_cast<char*>(alert.data()), alert.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    std::array<unsigned char, WIRE_REPLY_SIZE> reply{};
    if (::sendmsg(fd.get(), &message, MSG_NOSIGNAL) < 0) return WIRE_STATUS_BUSY;
    const ssize_t size = ::recv(fd.get(), reply.data(), reply.size(), 0);
    return size < 0 ? WIRE_STATUS_BUSY : wire_unpack_reply(reply.data(), static_cast<std::size_t>(size));
}

/// Alerts that differ in their id, and in their domain when the name has a '#' in it; made without any work
/// to speak of.
class AlertMaker {
  public:
    explicit AlertMaker(std::string name) : text_(alert_for(std::move(name), std::string(digits, '#'))) {
        for (std::size_t at = text_.find('#'); at != std::string::npos; at = text_.find('#', at + digits))
            places_.push_back(at);
    }

    /// Good until the next call. A '#' in the name stands for so many digits, too.
    static constexpr std::size_t digits = 10;
    const std::string& operator()(std::uint64_t number, std::uint64_t domain) {
        for (const std::size_t at : places_) {
            const bool is_id = at == places_.front();
            std::array<char, digits + 1> out{};
            std::snprintf(out.data(), out.size(), "%010llu",
                          static_cast<unsigned long long>(is_id ? number : domain));
            std::memcpy(text_.data() + at, out.data(), digits);
        }
        return text_;
    }

  private:
    std::string text_;
    std::vector<std::size_t> places_;
};

}  // namespace enrichd::test

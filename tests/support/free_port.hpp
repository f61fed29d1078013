// A TCP port for a program that a test starts.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"

namespace enrichd::test {

/// Taken until this process ends, for all processes that ask here or in ports.py: each port has an abstract
/// UNIX socket.
inline bool take_port(std::uint16_t port) {
    static std::vector<Fd> taken;
    sockaddr_un name{AF_UNIX, {}};
    const std::string text = "enrichd test port " + std::to_string(port);
    text.copy(name.sun_path + 1, text.size());
    Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0) return false;
    taken.push_back(std::move(socket));
    return true;
}

/// Below those that Linux gives to connections (ip_local_port_range), or one of these would have it when the
/// program wants it.
inline std::uint16_t free_port() {
    static std::minstd_rand random{std::random_device()()};
    std::uniform_int_distribution<std::uint16_t> any(10'000, 32'000);
    for (int tries = 0; tries < 1'000; ++tries) {
        const std::uint16_t port = any(random);
        if (!take_port(port)) continue;
        boost::asio::io_context io;
        boost::asio::ip::tcp::acceptor acceptor(io, boost::asio::ip::tcp::v4());
        boost::system::error_code failure;
        acceptor.bind({boost::asio::ip::address_v4::loopback(), port}, failure);
        if (!failure) return port;
    }
    throw std::runtime_error("no port is free");
}

}  // namespace enrichd::test

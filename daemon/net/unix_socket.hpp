// UNIX sockets that Asio 1.81 has no type for.
#pragma once

#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace enrichd {

/// The longest path that fits into a socket address.
inline constexpr std::size_t max_socket_path = 107;

enum class UnixSocket { packets, stream };

/// A listening, non-blocking, close-on-exec socket. What a dead daemon left at `path` is replaced; one that
/// still listens is an error (address in use). `group` is the id of the group that may connect, or -1.
[[nodiscard]] result<Fd> listen_unix(UnixSocket kind, const std::string& path, unsigned mode, int group);

/// Whether `fd` is a listening SOCK_SEQPACKET UNIX socket, as systemd should have passed it.
bool is_listening_seqpacket(int fd);

/// A non-blocking, close-on-exec SOCK_DGRAM socket connected to `path`.
[[nodiscard]] result<Fd> connect_datagram(const std::string& path);

/// A blocking, close-on-exec SOCK_STREAM or SOCK_SEQPACKET socket connected to `path`, for programs that do
/// one thing.
[[nodiscard]] result<Fd> connect_stream(const std::string& path);
[[nodiscard]] result<Fd> connect_packets(const std::string& path);

}  // namespace enrichd

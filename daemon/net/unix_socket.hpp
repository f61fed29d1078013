// UNIX sockets that Asio 1.81 has no type for.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace enrichd {

/// The longest path that fits into a socket address.
inline constexpr std::size_t max_socket_path = 107;

enum class UnixSocket { packets, stream };

/// A listening, non-blocking, close-on-exec socket. What a dead daemon left at `path` is replaced; one that
/// still listens is an error (address in use). `group` is the id of the group that may connect, or -1. A
/// failure leaves nothing behind.
[[nodiscard]] result<Fd> listen_unix(UnixSocket kind, const std::string& path, unsigned mode, int group);

/// The file by which others find a listening socket. It is removed by its owner alone: when another process
/// has put its own socket there meanwhile, that one stays. Remove it before the socket is closed: until then
/// no other file gets its inode.
class SocketFile {
  public:
    SocketFile() = default;
    /// What stands at `path` now. One of somebody else's (systemd's) is only watched.
    explicit SocketFile(std::string path, bool ours = true);
    SocketFile(SocketFile&& other) noexcept;
    SocketFile& operator=(SocketFile&& other) noexcept;
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;
    ~SocketFile() { remove(); }

    const std::string& path() const { return path_; }
    explicit operator bool() const { return !path_.empty(); }

    /// Whether its path still names it.
    bool there() const;

    /// Changes mode and group (-1: not) of the file, if it is there.
    [[nodiscard]] result<void> give(unsigned mode, int group) const;

    /// Removes the file if it is ours and there. Forgets it.
    void remove();

  private:
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    bool ours_ = false;
};

/// The process that listens at `path`, or -1 when nobody does or we may not connect. 0: of another PID
/// namespace.
pid_t listener_at(UnixSocket kind, const std::string& path);

/// Whether `fd` is a listening SOCK_SEQPACKET UNIX socket, as systemd should have passed it.
bool is_listening_seqpacket(int fd);

/// The path that a UNIX socket is bound to; empty when there is none.
std::string path_of_socket(int fd);

/// A non-blocking, close-on-exec SOCK_DGRAM socket connected to `path`.
[[nodiscard]] result<Fd> connect_datagram(const std::string& path);

/// A blocking, close-on-exec SOCK_STREAM or SOCK_SEQPACKET socket connected to `path`, for programs that do
/// one thing.
[[nodiscard]] result<Fd> connect_stream(const std::string& path);
[[nodiscard]] result<Fd> connect_packets(const std::string& path);

}  // namespace enrichd

#include "net/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace enrichd {
namespace {

constexpr int backlog = 4096;  // the kernel cuts it to net.core.somaxconn

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), std::min(path.size() + 1, sizeof address.sun_path - 1));
    return address;
}

int connect_to(int fd, const sockaddr_un& address) {
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// Removes a socket nobody listens at; leaves everything else.
void remove_stale(int type, const std::string& path, const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
    const Fd probe(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (connect_to(probe.get(), address) != 0 && errno == ECONNREFUSED) ::unlink(path.c_str());
}

result<Fd> connect_as(int type, const std::string& path) {
    if (path.size() > max_socket_path) return error(ENAMETOOLONG, boost::system::system_category());
    Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    if (!fd) return last_error();
    if (connect_to(fd.get(), address_of(path)) != 0) return last_error();
    return fd;
}

int option(int fd, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

result<Fd> listen_unix(UnixSocket kind, const std::string& path, unsigned mode, int group) {
    if (path.size() > max_socket_path) return error(ENAMETOOLONG, boost::system::system_category());
    const sockaddr_un address = address_of(path);
    const int type = kind == UnixSocket::packets ? SOCK_SEQPACKET : SOCK_STREAM;
    remove_stale(type, path, address);
    Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return last_error();
    // Bound with no rights at all, so that nobody connects before mode and group are right.
    const mode_t before = ::umask(0777);
    const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::umask(before);
    if (bound != 0) return last_error();
    if (group >= 0 && ::chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) != 0)
        return last_error();
    if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) return last_error();
    if (::listen(fd.get(), backlog) != 0) return last_error();
    return fd;
}

bool is_listening_seqpacket(int fd) {
    return option(fd, SO_DOMAIN) == AF_UNIX && option(fd, SO_TYPE) == SOCK_SEQPACKET &&
           option(fd, SO_ACCEPTCONN) == 1;
}

result<Fd> connect_datagram(const std::string& path) {
    return connect_as(SOCK_DGRAM | SOCK_NONBLOCK, path);
}

result<Fd> connect_stream(const std::string& path) {
    return connect_as(SOCK_STREAM, path);
}

result<Fd> connect_packets(const std::string& path) {
    return connect_as(SOCK_SEQPACKET, path);
}

}  // namespace enrichd

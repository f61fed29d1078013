#include "net/unix_socket.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/clock.hpp"

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

/// Held while the file of a socket is looked at and changed, so that two daemons that start or end at the
/// same time do so one after the other. Anybody who can read the directory can hold it too: then we go on
/// without.
class DirectoryLock {
  public:
    explicit DirectoryLock(const std::string& path)
        : directory_(::open(parent_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        const auto limit = Clock::now() + std::chrono::milliseconds(500);
        while (directory_ && ::flock(directory_.get(), LOCK_EX | LOCK_NB) != 0 && Clock::now() < limit)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

  private:
    static std::string parent_of(const std::string& path) {
        const auto parent = std::filesystem::path(path).parent_path();
        return parent.empty() ? "." : parent.string();
    }
    Fd directory_;
};

/// Removes a socket nobody listens at; leaves everything else.
void remove_stale(int type, const std::string& path, const sockaddr_un& address) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
    const auto refused = [&] {
        const Fd probe(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        return connect_to(probe.get(), address) == 0 ? 0 : errno;
    };
    int why = refused();
    // A start that failed or was killed in its middle may have left ours with rights that keep us out.
    if (why == EACCES && status.st_uid == ::geteuid() && ::chmod(path.c_str(), 0600) == 0) {
        why = refused();
        if (why != ECONNREFUSED) ::chmod(path.c_str(), status.st_mode & 07777);
    }
    if (why == ECONNREFUSED) ::unlink(path.c_str());
}

/// Before it listens nobody can connect, whatever rights it was born with.
error give_and_listen(int fd, const std::string& path, unsigned mode, int group) {
    if (group >= 0 && ::chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) != 0)
        return last_error();
    if (::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0) return last_error();
    if (::listen(fd, backlog) != 0) return last_error();
    return {};
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
    const DirectoryLock lock(path);
    remove_stale(type, path, address);
    Fd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return last_error();
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return last_error();
    if (const error failure = give_and_listen(fd.get(), path, mode, group)) {
        ::unlink(path.c_str());
        return failure;
    }
    return fd;
}

SocketFile::SocketFile(std::string path, bool ours) : path_(std::move(path)), ours_(ours) {
    struct stat status {};
    if (::lstat(path_.c_str(), &status) != 0) return;
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      device_(other.device_),
      inode_(other.inode_),
      ours_(other.ours_) {}

SocketFile& SocketFile::operator=(SocketFile&& other) noexcept {
    if (this == &other) return *this;
    remove();
    path_ = std::exchange(other.path_, {});
    device_ = other.device_;
    inode_ = other.inode_;
    ours_ = other.ours_;
    return *this;
}

bool SocketFile::there() const {
    struct stat status {};
    return !path_.empty() && ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
           status.st_ino == inode_ && S_ISSOCK(status.st_mode);
}

result<void> SocketFile::give(unsigned mode, int group) const {
    const DirectoryLock lock(path_);
    if (!there()) return error(ENOENT, boost::system::system_category());
    if (group >= 0 && ::lchown(path_.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) != 0)
        return last_error();
    if (::chmod(path_.c_str(), static_cast<mode_t>(mode)) != 0) return last_error();
    return {};
}

void SocketFile::remove() {
    if (path_.empty()) return;
    const DirectoryLock lock(path_);
    if (ours_ && there()) ::unlink(path_.c_str());
    path_.clear();
}

pid_t listener_at(UnixSocket kind, const std::string& path) {
    if (path.size() > max_socket_path) return -1;
    const int type = kind == UnixSocket::packets ? SOCK_SEQPACKET : SOCK_STREAM;
    const Fd probe(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ucred peer{};
    socklen_t size = sizeof peer;
    if (!probe || connect_to(probe.get(), address_of(path)) != 0 ||
        ::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return -1;
    return peer.pid;
}

std::string path_of_socket(int fd) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    if (address.sun_family != AF_UNIX || size <= offsetof(sockaddr_un, sun_path)) return {};
    return {address.sun_path, ::strnlen(address.sun_path, size - offsetof(sockaddr_un, sun_path))};
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

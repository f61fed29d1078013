// analysisd's end of the queue socket: a datagram socket that can be full, absent and restarted.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace enrichd::fakes {

class FakeWazuhQueue {
  public:
    /// Binds `home`/queue/sockets/queue.
    explicit FakeWazuhQueue(const std::filesystem::path& home) : path_(home / "queue/sockets/queue") {
        start();
    }
    ~FakeWazuhQueue() { ::unlink(path_.c_str()); }

    /// As analysisd does: a new socket under the old path.
    void start() {
        std::filesystem::create_directories(path_.parent_path());
        ::unlink(path_.c_str());
        socket_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("cannot bind " + path_.string());
    }

    /// The socket is gone, its file stays: senders are refused.
    void stop() { socket_.reset(); }

    /// The same, and nothing that was sent is lost with it: senders are refused first, then all is read.
    void leave() {
        ::shutdown(socket_.get(), SHUT_RD);
        messages();
        stop();
    }

    /// Reads what has come since, without waiting; not reading is what makes the queue full.
    const std::vector<std::string>& messages() {
        std::vector<char> buffer(65'536);
        for (;;) {
            const ssize_t size = ::recv(socket_.get(), buffer.data(), 65'535, 0);
            if (size < 0) return messages_;
            messages_.emplace_back(buffer.data(), static_cast<std::size_t>(size));
        }
    }

  private:
    std::filesystem::path path_;
    Fd socket_;
    std::vector<std::string> messages_;
};

}  // namespace enrichd::fakes

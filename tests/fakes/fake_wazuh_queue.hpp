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
#include <string_view>
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
    bool there() const { return static_cast<bool>(socket_); }

    /// The same, and nothing that was sent is lost with it: senders are refused first, then all is read.
    void leave() {
        refuse();
        messages();
        stop();
    }

    /// Senders are refused; what was sent can be read.
    void refuse() { ::shutdown(socket_.get(), SHUT_RD); }

    /// Hands over what has come since, without waiting, and keeps nothing.
    template <class Reader>
    void read(const Reader& reader) {
        for (;;) {
            const ssize_t size = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
            if (size < 0) return;
            reader(std::string_view(buffer_.data(), static_cast<std::size_t>(size)));
        }
    }

    /// Reads what has come since, without waiting; not reading is what makes the queue full.
    const std::vector<std::string>& messages() {
        read([this](std::string_view message) { messages_.emplace_back(message); });
        return messages_;
    }

  private:
    std::filesystem::path path_;
    Fd socket_;
    std::vector<char> buffer_ = std::vector<char>(65'536);
    std::vector<std::string> messages_;
};

}  // namespace enrichd::fakes

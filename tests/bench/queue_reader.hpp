// analysisd's end of Wazuh's queue, read as fast as it comes: it counts and forgets.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/fd.hpp"

namespace enrichd::test {

class QueueReader {
  public:
    explicit QueueReader(const std::filesystem::path& wazuh_home)
        : path_(wazuh_home / "queue/sockets/queue"),
          socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        std::filesystem::create_directories(path_.parent_path());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error("cannot bind " + path_.string());
        thread_ = std::thread([this] { read(); });
    }
    QueueReader(const QueueReader&) = delete;
    QueueReader& operator=(const QueueReader&) = delete;
    ~QueueReader() {
        ::shutdown(socket_.get(), SHUT_RD);
        thread_.join();
    }

    const std::filesystem::path& path() const { return path_; }
    std::size_t count() const { return count_; }
    std::size_t bytes() const { return bytes_; }  // of the last datagram

  private:
    void read() {
        std::array<char, 65'535> buffer{};
        for (ssize_t size = 0; (size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0)) > 0;) {
            bytes_ = static_cast<std::size_t>(size);
            ++count_;
        }
    }

    std::filesystem::path path_;
    Fd socket_;
    std::atomic<std::size_t> count_ = 0;
    std::atomic<std::size_t> bytes_ = 0;
    std::thread thread_;
};

}  // namespace enrichd::test

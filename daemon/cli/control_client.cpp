#include "cli/control_client.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "net/unix_socket.hpp"

namespace enrichd {
namespace {

constexpr auto longest_wait = std::chrono::minutes(1);

void wait_at_most(int socket, std::chrono::milliseconds time) {
    const timeval limit{time.count() / 1000, time.count() % 1000 * 1000};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

ControlClient::ControlClient(const std::string& path) : path_(path) {
    if (path.empty()) {
        failure_ = "admin.socket is empty in the configuration: the daemon has no admin socket";
        nobody_ = true;
        return;
    }
    auto connected = connect_stream(path);
    if (connected) {
        socket_ = *std::move(connected);
        wait_at_most(socket_.get(), longest_wait);
        return;
    }
    const error why = connected.error();
    nobody_ = why == boost::system::errc::no_such_file_or_directory ||
              why == boost::system::errc::connection_refused;
    failure_ = path + ": " + why.message();
    if (nobody_)
        failure_ += ": is enrichd running? (systemctl status enrichd)";
    else if (why == boost::system::errc::permission_denied)
        failure_ += ": become root, or a member of group enrichd";
}

std::optional<std::string> ControlClient::failed(const std::string& why) {
    failure_ = path_ + ": " + why;
    return std::nullopt;
}

bool ControlClient::send(const std::string& question) {
    if (!socket_) return false;
    const std::string line = question + "\n";
    for (std::size_t sent = 0; sent < line.size();) {
        const ssize_t some = ::send(socket_.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
        if (some <= 0) {
            failed(last_error().message());
            return false;
        }
        sent += static_cast<std::size_t>(some);
    }
    return true;
}

bool ControlClient::each_line(const std::string& question,
                              const std::function<bool(const std::string& line)>& each,
                              std::chrono::milliseconds silence) {
    if (!send(question)) return false;
    wait_at_most(socket_.get(), silence);
    std::array<char, 65'536> block{};
    for (;;) {
        for (std::size_t end = buffer_.find('\n'); end != std::string::npos; end = buffer_.find('\n')) {
            const std::string line = buffer_.substr(0, end);
            buffer_.erase(0, end + 1);
            if (!each(line)) return true;
        }
        const ssize_t some = ::recv(socket_.get(), block.data(), block.size(), 0);
        if (some < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!each({})) return true;
            continue;
        }
        if (some <= 0) {
            failed("the daemon closed the connection");
            return false;
        }
        buffer_.append(block.data(), static_cast<std::size_t>(some));
    }
}

std::optional<std::string> ControlClient::ask(const std::string& question) {
    if (!send(question)) return std::nullopt;
    std::array<char, 65'536> block{};
    while (buffer_.find('\n') == std::string::npos) {
        const ssize_t some = ::recv(socket_.get(), block.data(), block.size(), 0);
        if (some == 0) return failed("the daemon closed the connection");
        if (some < 0)
            return failed(errno == EAGAIN ? "the daemon did not answer within a minute"
                                          : last_error().message());
        buffer_.append(block.data(), static_cast<std::size_t>(some));
    }
    const std::string answer = buffer_.substr(0, buffer_.find('\n'));
    buffer_.erase(0, answer.size() + 1);
    const auto read = nlohmann::json::parse(answer, nullptr, false);
    if (!read.is_object() || !read.contains("ok") || !read["ok"].is_boolean())
        return failed("what listens there does not answer as the daemon does");
    if (read["ok"].get<bool>()) return answer;
    const bool says_why = read.contains("error") && read["error"].is_string();
    failure_ = says_why ? read["error"].get<std::string>() : "the daemon refuses, and gives no reason";
    return std::nullopt;
}

}  // namespace enrichd

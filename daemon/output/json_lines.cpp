#include "output/json_lines.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace enrichd {
namespace {

std::string line_of(const Event& event) {
    const nlohmann::ordered_json head{
        {"location", event.location},
        {"agent", {{"id", event.agent.id}, {"name", event.agent.name}, {"ip", event.agent.ip}}}};
    std::string line = head.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    line.pop_back();
    return line.append(R"(,"event":)").append(event.json).append("}\n");
}

/// Whether `fd` is still what `path` names: log rotation moves files away.
bool still_there(int fd, const std::string& path) {
    struct stat open_file {};
    struct stat named {};
    return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
           open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

}  // namespace

bool JsonLines::open() {
    if (path_ == "-") {
        if (!file_) file_ = Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
        return static_cast<bool>(file_);
    }
    if (file_ && still_there(file_.get(), path_)) return true;
    file_ =
        Fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640));
    rest_.clear();
    return static_cast<bool>(file_);
}

result<void> JsonLines::write(const Event& event) {
    if (!open()) return errc::output_absent;
    pollfd room{file_.get(), POLLOUT, 0};
    if (::poll(&room, 1, 0) == 0) return errc::output_full;  // a pipe whose reader pauses
    // A full disk may have taken half of the line before; its rest goes first, so that no line is broken for
    // good.
    const std::size_t owed = rest_.size();
    const std::string bytes = rest_ + line_of(event);
    const ssize_t size = ::write(file_.get(), bytes.data(), bytes.size());
    if (size < 0) return errno == EAGAIN ? errc::output_full : errc::output_failed;
    const auto written = static_cast<std::size_t>(size);
    if (written == bytes.size()) {
        rest_.clear();
        return {};
    }
    // Begun is as good as written: the rest is owed to the next call, and this event must not be written
    // twice.
    rest_ = bytes.substr(written);
    if (written > owed) return {};
    rest_.resize(owed - written);
    return errc::output_failed;
}

}  // namespace enrichd

#include "output/line_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace enrichd {
namespace {

/// Whether `fd` is still what `path` names.
bool still_there(int fd, const std::string& path) {
    struct stat open_file {};
    struct stat named {};
    return ::fstat(fd, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
           open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

/// Who shares the directory shares the file: Wazuh's programs its logs.
void give_to_group_of_directory(int fd, const std::string& path) {
    struct stat directory {};
    const std::string parent = std::filesystem::path(path).parent_path().string();
    if (::stat(parent.c_str(), &directory) != 0) return;
    if (::fchown(fd, static_cast<uid_t>(-1), directory.st_gid) != 0) return;  // then it stays in ours
}

}  // namespace

bool LineFile::open() {
    if (path_ == "-") {
        if (!file_) file_ = Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
        return static_cast<bool>(file_);
    }
    if (file_ && still_there(file_.get(), path_)) return true;
    rest_.clear();
    constexpr int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    file_ = Fd(::open(path_.c_str(), flags));
    if (file_ || errno != ENOENT) return static_cast<bool>(file_);
    file_ = Fd(::open(path_.c_str(), flags | O_CREAT, mode_));
    if (file_) give_to_group_of_directory(file_.get(), path_);
    return static_cast<bool>(file_);
}

result<void> LineFile::append(std::string_view line) {
    if (!open()) return errc::output_failed;
    pollfd room{file_.get(), POLLOUT, 0};
    if (::poll(&room, 1, 0) == 0) return errc::output_full;  // a pipe whose reader pauses
    // A full disk may have taken half of the line before; its rest goes first, so that no line is broken for
    // good.
    const std::size_t owed = rest_.size();
    const std::string bytes = rest_ + std::string(line);
    const ssize_t size = ::write(file_.get(), bytes.data(), bytes.size());
    if (size < 0) return errno == EAGAIN ? errc::output_full : errc::output_failed;
    const auto written = static_cast<std::size_t>(size);
    if (written == bytes.size()) {
        rest_.clear();
        return {};
    }
    // Begun is as good as written: the rest is owed to the next call, and this line must not be written
    // twice.
    rest_ = bytes.substr(written);
    if (written > owed) return {};
    rest_.resize(owed - written);
    return errc::output_failed;
}

}  // namespace enrichd

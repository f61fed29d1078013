#include "outputs/line_file.hpp"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace enrichd {
namespace {

/// Whether `fd` is still what `path` names.
bool still_there(int fd, const std::string& path) {
    struct stat open_file {};
    struct stat named {};
    return ::fstat(fd, &open_file) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

/// Who shares the directory shares the file, as Wazuh's programs its logs, whatever the umask is.
void give_to_group_of_directory(int fd, const std::string& path, mode_t mode) {
    struct stat directory {};
    const std::string parent = std::filesystem::path(path).parent_path().string();
    if (::stat(parent.c_str(), &directory) != 0) return;
    // Else it stays in ours.
    if (::fchown(fd, static_cast<uid_t>(-1), directory.st_gid) == 0) (void)::fchmod(fd, mode);
}

/// A line that a killed writer or a full disk left without its end.
bool ends_within_a_line(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || status.st_size == 0) return false;
    char last = '\n';
    return ::pread(file.get(), &last, 1, status.st_size - 1) == 1 && last != '\n';
}

/// Standard output, so that a write need not wait. Others write to the open file that we inherited, so its
/// flags are left alone; a pipe or terminal is opened once more. A file keeps the position that it shares.
Fd standard_output() {
    struct stat status {};
    if (::fstat(STDOUT_FILENO, &status) != 0) return Fd();
    if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
        Fd own(::open("/proc/self/fd/1", O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
        if (own) return own;
    }
    return Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
}

errc meaning(int code) {
    if (code == EAGAIN) return errc::output_full;
    return code == EPIPE || code == ENXIO ? errc::output_absent : errc::output_failed;
}

}  // namespace

bool LineFile::open() {
    if (path_ == "-") return file_ || keep(standard_output());
    if (file_ && still_there(file_.get(), path_)) return true;
    constexpr int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW;
    Fd file(::open(path_.c_str(), flags));
    if (!file && errno == ENOENT) {
        file = Fd(::open(path_.c_str(), flags | O_CREAT | O_EXCL, mode_));
        if (file) give_to_group_of_directory(file.get(), path_, mode_);
    }
    return keep(std::move(file));
}

bool LineFile::keep(Fd file) {
    file_ = std::move(file);
    begun_.clear();
    finished_.clear();
    torn_ = false;
    struct stat status {};
    if (!file_ || ::fstat(file_.get(), &status) != 0) return false;
    kind_ = S_ISREG(status.st_mode) ? Kind::file : S_ISSOCK(status.st_mode) ? Kind::socket : Kind::pipe;
    if (kind_ == Kind::file && path_ != "-") torn_ = ends_within_a_line(path_);
    return true;
}

result<void> LineFile::append(std::string_view line) {
    if (!open()) return meaning(errno);
    return kind_ == Kind::file ? append_to_file(line) : push(line);
}

result<void> LineFile::append_to_file(std::string_view line) {
    std::string separated;
    if (torn_) line = separated.append("\n").append(line);
    const ssize_t size = ::write(file_.get(), line.data(), line.size());
    if (size == static_cast<ssize_t>(line.size())) {
        torn_ = false;
        return {};
    }
    if (size > 0) cut_off(static_cast<std::size_t>(size));
    return errc::output_failed;
}

/// Takes back the part of a line that fitted onto a full disk. What another program has written behind it
/// meanwhile stays, and the next line begins on a line of its own.
void LineFile::cut_off(std::size_t written) {
    const off_t end = ::lseek(file_.get(), 0, SEEK_CUR);
    const off_t begin = end - static_cast<off_t>(written);
    struct stat now {};
    const bool last = ::fstat(file_.get(), &now) == 0 && now.st_size == end;
    if (last && ::ftruncate(file_.get(), begin) == 0)
        ::lseek(file_.get(), begin, SEEK_SET);
    else
        torn_ = true;
}

/// Into a pipe, a socket or a terminal. What it took of a line cannot be taken back, so the rest is owed.
result<void> LineFile::push(std::string_view line) {
    if (!begun_.empty()) {
        if (const auto rest = push_rest(); !rest) return rest;
        finished_ = std::exchange(begun_, std::string());
    }
    if (line == finished_) {
        finished_.clear();
        return {};
    }
    begun_ = line;
    taken_ = 0;
    const auto pushed = push_rest();
    if (pushed || taken_ == 0) begun_.clear();
    return pushed;
}

/// In pieces that a pipe takes whole or not at all: so one that could not be opened anew does not block
/// either, unless another writer is faster.
result<void> LineFile::push_rest() {
    while (taken_ < begun_.size()) {
        pollfd room{file_.get(), POLLOUT, 0};
        if (::poll(&room, 1, 0) == 0) return errc::output_full;
        const std::size_t piece = std::min<std::size_t>(begun_.size() - taken_, PIPE_BUF);
        const char* const from = begun_.data() + taken_;
        const ssize_t size = kind_ == Kind::socket
                                 ? ::send(file_.get(), from, piece, MSG_DONTWAIT | MSG_NOSIGNAL)
                                 : ::write(file_.get(), from, piece);
        if (size < 0) {
            const errc failure = meaning(errno);
            if (failure == errc::output_full) return failure;
            // The next reader shall not begin with the rest of a line: what the pipe holds goes with it.
            file_.reset();
            begun_.clear();
            taken_ = 0;
            return failure;
        }
        taken_ += static_cast<std::size_t>(size);
    }
    return {};
}

result<void> LineFile::probe() {
    if (!open()) return meaning(errno);
    if (kind_ != Kind::file) {
        pollfd room{file_.get(), POLLOUT, 0};
        if (::poll(&room, 1, 0) == 0) return errc::output_full;
        if ((room.revents & (POLLERR | POLLHUP)) != 0) return errc::output_absent;
        return {};
    }
    struct statvfs disk {};
    struct stat status {};
    rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    const bool room =
        ::fstatvfs(file_.get(), &disk) == 0 && disk.f_bavail > 0 && ::fstat(file_.get(), &status) == 0 &&
        (limit.rlim_cur == RLIM_INFINITY || static_cast<rlim_t>(status.st_size) < limit.rlim_cur);
    if (!room) return errc::output_failed;
    return {};
}

}  // namespace enrichd

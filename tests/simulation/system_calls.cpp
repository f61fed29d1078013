#include "simulation/system_calls.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace enrichd::test::simulation {

std::string_view label(SystemCall call) {
    switch (call) {
        case SystemCall::open:
            return "open";
        case SystemCall::read:
            return "read";
        case SystemCall::write:
            return "write";
        case SystemCall::truncate:
            return "truncate";
        case SystemCall::sync:
            return "sync";
        case SystemCall::rename:
            return "rename";
        case SystemCall::unlink:
            return "unlink";
        case SystemCall::send:
            return "send";
    }
    return "";
}

SystemCalls::SystemCalls(std::string directory) : directory_(std::move(directory)) {
    if (current_) throw std::logic_error("system calls are simulated already");
    current_ = this;
}

SystemCalls::~SystemCalls() {
    current_ = nullptr;
}

int SystemCalls::unused_inotify() {
    if (unused_inotifies_.empty()) return -1;
    const int inotify = unused_inotifies_.back();
    unused_inotifies_.pop_back();
    begins_inotify(inotify);
    return inotify;
}

void SystemCalls::polls(int epoll, int descriptor) {
    const auto found = inotifies_.find(descriptor);
    if (found != inotifies_.end()) found->second.epoll = epoll;
}

bool SystemCalls::keeps_inotify(int descriptor) {
    const auto found = inotifies_.find(descriptor);
    if (found == inotifies_.end()) return false;
    for (const int watch : found->second.watches) ::syscall(SYS_inotify_rm_watch, descriptor, watch);
    epoll_event none{};  // Asio leaves that to the end of the descriptor
    ::syscall(SYS_epoll_ctl, found->second.epoll, EPOLL_CTL_DEL, descriptor, &none);
    inotifies_.erase(found);
    std::array<char, 4096> left{};
    while (::syscall(SYS_read, descriptor, left.data(), left.size()) > 0) {
    }
    unused_inotifies_.push_back(descriptor);
    return true;
}

const std::string* SystemCalls::file(int descriptor) const {
    const auto found = files_.find(descriptor);
    return own_ > 0 || found == files_.end() ? nullptr : &found->second;
}

namespace {

bool fails(int failure) {
    if (failure == 0) return false;
    errno = failure;
    return true;
}

int open_file(int at, const char* path, int flags, unsigned mode) {
    SystemCalls* const calls = SystemCalls::current();
    const bool seen = calls && calls->sees(path);
    if (seen && fails(calls->fails(SystemCall::open, path))) return -1;
    const bool existed = seen && (flags & O_CREAT) != 0 && ::access(path, F_OK) == 0;
    const auto descriptor = static_cast<int>(::syscall(SYS_openat, at, path, flags, mode));
    if (!calls || descriptor < 0) return descriptor;
    calls->closed(descriptor);  // also by a part of the C library
    if (!seen) return descriptor;
    calls->opened(descriptor, path);
    if ((flags & O_CREAT) != 0 && !existed) calls->done(SystemCall::open, path, descriptor);
    return descriptor;
}

/// A call about an open file.
template <class Call>
long about_file(SystemCall kind, int descriptor, const Call& call) {
    SystemCalls* const calls = SystemCalls::current();
    const std::string* const path = calls ? calls->file(descriptor) : nullptr;
    if (path && fails(calls->fails(kind, *path))) return -1;
    const long outcome = call();
    if (path && outcome >= 0) {
        const int kept = errno;
        calls->done(kind, *path, descriptor);
        errno = kept;
    }
    return outcome;
}

/// A call about the name of a file.
template <class Call>
int about_name(SystemCall kind, const char* path, const Call& call) {
    SystemCalls* const calls = SystemCalls::current();
    const bool seen = calls && calls->sees(path);
    if (seen && fails(calls->fails(kind, path))) return -1;
    const auto outcome = static_cast<int>(call());
    if (seen && outcome == 0 && kind == SystemCall::unlink) calls->done(kind, path, -1);
    return outcome;
}

template <class Call>
::ssize_t about_socket(const Call& call) {
    SystemCalls* const calls = SystemCalls::current();
    if (calls && calls->sees_sockets() && fails(calls->fails(SystemCall::send, {}))) return -1;
    return call();
}

}  // namespace
}  // namespace enrichd::test::simulation

using enrichd::test::simulation::SystemCall;
using enrichd::test::simulation::SystemCalls;
namespace simulated = enrichd::test::simulation;

// The C library's own declarations; where they have other attributes, these are the same functions.
extern "C" {

int open(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, unsigned) : 0;
    va_end(more);
    return simulated::open_file(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const unsigned mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, unsigned) : 0;
    va_end(more);
    return simulated::open_file(AT_FDCWD, path, flags, mode);
}

int close(int file) {
    SystemCalls* const calls = SystemCalls::current();
    if (calls) calls->closed(file);
    if (calls && SystemCalls::keeps_inotify(file)) return 0;
    return static_cast<int>(::syscall(SYS_close, file));
}

int inotify_init1(int flags) noexcept {
    const bool simulated = SystemCalls::current() != nullptr;
    const int unused = simulated ? SystemCalls::unused_inotify() : -1;
    if (unused >= 0) return unused;
    const auto inotify = static_cast<int>(::syscall(SYS_inotify_init1, flags));
    if (simulated && inotify >= 0) SystemCalls::begins_inotify(inotify);
    return inotify;
}

int epoll_ctl(int epoll, int operation, int file, epoll_event* event) noexcept {
    if (SystemCalls::current() && operation == EPOLL_CTL_ADD) SystemCalls::polls(epoll, file);
    return static_cast<int>(::syscall(SYS_epoll_ctl, epoll, operation, file, event));
}

int inotify_add_watch(int inotify, const char* path, std::uint32_t mask) noexcept {
    const auto watch = static_cast<int>(::syscall(SYS_inotify_add_watch, inotify, path, mask));
    if (SystemCalls::current() && watch >= 0) SystemCalls::watches(inotify, watch);
    return watch;
}

::ssize_t read(int file, void* bytes, std::size_t size) {
    return simulated::about_file(SystemCall::read, file,
                                 [&] { return ::syscall(SYS_read, file, bytes, size); });
}

::ssize_t pread(int file, void* bytes, std::size_t size, ::off_t at) {
    return simulated::about_file(SystemCall::read, file,
                                 [&] { return ::syscall(SYS_pread64, file, bytes, size, at); });
}

::ssize_t pread64(int file, void* bytes, std::size_t size, ::off64_t at) {
    return simulated::about_file(SystemCall::read, file,
                                 [&] { return ::syscall(SYS_pread64, file, bytes, size, at); });
}

::ssize_t write(int file, const void* bytes, std::size_t size) {
    return simulated::about_file(SystemCall::write, file,
                                 [&] { return ::syscall(SYS_write, file, bytes, size); });
}

::ssize_t pwrite(int file, const void* bytes, std::size_t size, ::off_t at) {
    return simulated::about_file(SystemCall::write, file,
                                 [&] { return ::syscall(SYS_pwrite64, file, bytes, size, at); });
}

::ssize_t pwrite64(int file, const void* bytes, std::size_t size, ::off64_t at) {
    return simulated::about_file(SystemCall::write, file,
                                 [&] { return ::syscall(SYS_pwrite64, file, bytes, size, at); });
}

int ftruncate(int file, ::off_t size) noexcept {
    return static_cast<int>(simulated::about_file(SystemCall::truncate, file,
                                                  [&] { return ::syscall(SYS_ftruncate, file, size); }));
}

int ftruncate64(int file, ::off64_t size) noexcept {
    return static_cast<int>(simulated::about_file(SystemCall::truncate, file,
                                                  [&] { return ::syscall(SYS_ftruncate, file, size); }));
}

int fsync(int file) {
    return static_cast<int>(
        simulated::about_file(SystemCall::sync, file, [&] { return ::syscall(SYS_fsync, file); }));
}

int fdatasync(int file) {
    return static_cast<int>(
        simulated::about_file(SystemCall::sync, file, [&] { return ::syscall(SYS_fdatasync, file); }));
}

int rename(const char* from, const char* to) noexcept {
    return simulated::about_name(SystemCall::rename, to, [&] { return ::syscall(SYS_rename, from, to); });
}

int unlink(const char* path) noexcept {
    return simulated::about_name(SystemCall::unlink, path, [&] { return ::syscall(SYS_unlink, path); });
}

::ssize_t send(int to, const void* bytes, std::size_t size, int flags) {
    return simulated::about_socket([&] { return ::syscall(SYS_sendto, to, bytes, size, flags, nullptr, 0); });
}

::ssize_t sendmsg(int to, const msghdr* message, int flags) {
    return simulated::about_socket([&] { return ::syscall(SYS_sendmsg, to, message, flags); });
}

/// In simulated time Asio's loop never sleeps: it asks for its timer to be due at once, each time. It is so
/// from the first time on.
int timerfd_settime(int timer, int flags, const itimerspec* fresh, itimerspec* before) noexcept {
    SystemCalls* const calls = SystemCalls::current();
    if (calls && !calls->first_arming(timer)) return 0;
    return static_cast<int>(::syscall(SYS_timerfd_settime, timer, flags, fresh, before));
}

}  // extern "C"

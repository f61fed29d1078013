#include "sources/spool/spool_size.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "proto/wire.h"

namespace enrichd {
namespace {

bool lock(int file, short type) {
    struct flock all {};
    all.l_type = type;
    all.l_whence = SEEK_SET;
    return ::fcntl(file, F_OFD_SETLK, &all) == 0;
}

}  // namespace

error SpoolSize::open(const std::string& directory, int group) {
    const std::string path = directory + "/" WIRE_SPOOL_SIZE_FILE;
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0660));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return error(EINVAL, boost::system::system_category());
    // Who writes alerts counts them. It is not ours to change when the shim, run by another user, made it.
    [[maybe_unused]] const bool given =
        ::fchmod(file.get(), 0660) == 0 &&
        (group < 0 || ::fchown(file.get(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) == 0);
    file_ = std::move(file);
    group_ = group;
    return {};
}

void SpoolSize::look(const std::string& directory) {
    struct stat ours {};
    struct stat there {};
    const std::string path = directory + "/" WIRE_SPOOL_SIZE_FILE;
    if (file_ && ::fstat(file_.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
        ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
        return;
    if (!open(directory, group_)) set_limit(limit_);
}

void SpoolSize::set_limit(std::uint64_t bytes) {
    limit_ = bytes;
    change([](wire_spool_size&) {});
}

void SpoolSize::set_used(std::uint64_t bytes) {
    change([bytes](wire_spool_size& size) { size.used = bytes; });
}

void SpoolSize::correct(std::uint64_t counted, std::uint64_t found) {
    change([=](wire_spool_size& size) { size.used = size.used - std::min(size.used, counted) + found; });
}

void SpoolSize::removed(std::uint64_t bytes) {
    removed_ += bytes;
    change([](wire_spool_size&) {});
}

std::uint64_t SpoolSize::used() const {
    return read().used;
}

std::uint64_t SpoolSize::refused() const {
    return read().refused;
}

wire_spool_size SpoolSize::read() const {
    wire_spool_size size{};
    if (::pread(file_.get(), &size, sizeof size, 0) != sizeof size) return {};
    return size;
}

/// A shim holds the lock for microseconds, and the loop does not wait for it: what could not be counted now
/// is counted with the next change, or found at the next start.
void SpoolSize::change(const std::function<void(wire_spool_size&)>& how) {
    if (!file_ || !lock(file_.get(), F_WRLCK)) return;
    wire_spool_size size = read();
    // A file that was put there by hand was never added.
    size.used -= std::min(size.used, std::exchange(removed_, 0));
    size.limit = limit_;
    how(size);
    [[maybe_unused]] const ssize_t written = ::pwrite(file_.get(), &size, sizeof size, 0);
    lock(file_.get(), F_UNLCK);
}

}  // namespace enrichd

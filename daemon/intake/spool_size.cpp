#include "intake/spool_size.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/fd.hpp"
#include "proto/wire.h"

namespace enrichd {
namespace {

error last_error() {
    return {errno, boost::system::system_category()};
}

}  // namespace

error SpoolSize::open(const std::string& directory, int group) {
    const std::string path = directory + "/" WIRE_SPOOL_SIZE_FILE;
    const Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0660));
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return error(EINVAL, boost::system::system_category());
    // Who writes alerts counts them. Not ours to change when the shim, run by another user, made it.
    const bool given =
        ::fchmod(file.get(), 0660) == 0 &&
        (group < 0 || ::fchown(file.get(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) == 0);
    (void)given;
    constexpr auto size = static_cast<off_t>(sizeof(wire_spool_size));
    if (status.st_size < size && ::ftruncate(file.get(), size) != 0) return last_error();
    void* const mapped =
        ::mmap(nullptr, sizeof(wire_spool_size), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (mapped == MAP_FAILED) return last_error();
    close();
    shared_ = static_cast<wire_spool_size*>(mapped);
    return {};
}

void SpoolSize::close() {
    if (shared_) ::munmap(std::exchange(shared_, nullptr), sizeof(wire_spool_size));
}

void SpoolSize::set_limit(std::uint64_t bytes) {
    if (shared_) __atomic_store_n(&shared_->limit, bytes, __ATOMIC_RELAXED);
}

void SpoolSize::set_used(std::uint64_t bytes) {
    if (shared_) __atomic_store_n(&shared_->used, bytes, __ATOMIC_RELAXED);
}

void SpoolSize::removed(std::uint64_t bytes) {
    if (!shared_) return;
    // Below 0 it would read as full: a file that was put there by hand was never added.
    std::uint64_t used = __atomic_load_n(&shared_->used, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&shared_->used, &used, used - std::min(used, bytes), true,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

std::uint64_t SpoolSize::used() const {
    return shared_ ? __atomic_load_n(&shared_->used, __ATOMIC_RELAXED) : 0;
}

std::uint64_t SpoolSize::refused() const {
    return shared_ ? __atomic_load_n(&shared_->refused, __ATOMIC_RELAXED) : 0;
}

}  // namespace enrichd

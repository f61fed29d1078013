#include "sources/spool/spool_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.hpp"
#include "proto/wire.h"

namespace enrichd {
namespace {

/// Makes what is missing. An administrator's rights stay: only what we made is changed.
error make_directory(const std::string& path, int group) {
    if (::mkdir(path.c_str(), 0770) != 0) return errno == EEXIST ? error() : last_error();
    const bool given =
        group < 0 || ::chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(group)) == 0;
    const error failure = given ? error() : last_error();
    if (::chmod(path.c_str(), 0770) != 0) return last_error();
    return failure;
}

}  // namespace

error SpoolDirectory::prepare(int group) {
    error first;
    for (const char* folder : {"", "/tmp", "/new"}) {
        const error failure = make_directory(path_ + folder, group);
        if (failure && !first) first = failure;  // the others may still be made
    }
    if (first) return first;
    return size_.open(path_, group);
}

result<std::string> SpoolDirectory::read(const SpoolName& name) const {
    const std::string path = new_directory() + name.text();
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return error(EINVAL, boost::system::system_category());
    const auto most = static_cast<off_t>(WIRE_MAX_ALERT) + 1;
    std::string bytes(static_cast<std::size_t>(std::min(status.st_size, most)), '\0');
    const ssize_t size = ::read(fd.get(), bytes.data(), bytes.size());
    if (size < 0) return last_error();
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
}

error SpoolDirectory::remove(const SpoolName& name, std::size_t bytes) {
    const std::string path = new_directory() + name.text();
    if (::unlink(path.c_str()) != 0) return errno == ENOENT ? error() : last_error();
    size_.removed(bytes);
    return {};
}

}  // namespace enrichd

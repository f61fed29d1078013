#include "base/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/fd.hpp"

namespace enrichd {
namespace {

error write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ::ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error();
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

/// Of access and of the last change.
error set_time(int descriptor, WallTime written) {
    const timespec time{written.time_since_epoch().count(), 0};
    const std::array<timespec, 2> times{time, time};
    return ::futimens(descriptor, times.data()) == 0 ? error() : last_error();
}

}  // namespace

error replace_file(const std::string& file, std::span<const std::string_view> parts,
                   std::optional<WallTime> written) {
    const std::filesystem::path path(file);
    std::error_code ec;
    std::filesystem::create_directories(path.parent_path(), ec);
    if (ec) return ec;
    std::string fresh = file + ".XXXXXX";  // of its own: another writer may be at work
    const Fd out(::mkostemp(fresh.data(), O_CLOEXEC));
    if (!out) return last_error();
    error failure;
    for (const std::string_view part : parts)
        if (!failure) failure = write_all(out.get(), part);
    if (!failure && ::fchmod(out.get(), 0640) != 0) failure = last_error();
    if (!failure && written) failure = set_time(out.get(), *written);
    if (!failure && ::fsync(out.get()) != 0) failure = last_error();
    if (!failure && ::rename(fresh.c_str(), file.c_str()) != 0) failure = last_error();
    if (failure) {
        ::unlink(fresh.c_str());
        return failure;
    }
    const Fd directory(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) return last_error();
    return {};
}

}  // namespace enrichd

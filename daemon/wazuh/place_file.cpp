#include "wazuh/place_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace enrichd::wazuh {
namespace {

bool write_all(int out, std::string_view bytes) {
    for (std::size_t written = 0; written < bytes.size();) {
        const ssize_t some = ::write(out, bytes.data() + written, bytes.size() - written);
        if (some < 0 && errno == EINTR) continue;
        if (some < 0) return false;
        written += static_cast<std::size_t>(some);
    }
    return true;
}

std::string sentence(const std::filesystem::path& file) {
    return file.string() + ": " + last_error().message();
}

/// Owner and mode stay as they are.
std::string write_in_place(const std::filesystem::path& file, std::string_view bytes) {
    const Fd out(::open(file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status {};
    if (!out || ::fstat(out.get(), &status) != 0) return sentence(file);
    if (!S_ISREG(status.st_mode)) return file.string() + ": is no regular file";
    if (!write_all(out.get(), bytes) || ::ftruncate(out.get(), static_cast<off_t>(bytes.size())) != 0 ||
        ::fsync(out.get()) != 0)
        return sentence(file);
    return {};
}

}  // namespace

std::string place_file(const std::filesystem::path& file, std::string_view bytes, unsigned user,
                       unsigned group, unsigned mode) {
    const auto fresh = file.parent_path() / ("." + file.filename().string() + ".enrichd-new");
    ::unlink(fresh.c_str());
    const Fd out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    const auto failed = [&] {
        std::string why = sentence(file);
        ::unlink(fresh.c_str());
        return why;
    };
    if (!out || !write_all(out.get(), bytes) || ::fchown(out.get(), user, group) != 0 ||
        ::fchmod(out.get(), mode) != 0 || ::fsync(out.get()) != 0)
        return failed();
    if (::rename(fresh.c_str(), file.c_str()) != 0) {
        if (errno != EBUSY) return failed();
        ::unlink(fresh.c_str());
        return write_in_place(file, bytes);
    }
    const Fd directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) return sentence(file.parent_path());
    return {};
}

}  // namespace enrichd::wazuh

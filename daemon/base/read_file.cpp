#include "base/read_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.hpp"

namespace enrichd {

result<std::string> read_file_up_to(const std::string& path, std::size_t max_bytes) {
    // A pipe that nobody writes would hold the opening for ever; one that somebody does is read to its end.
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file || ::fcntl(file.get(), F_SETFL, O_RDONLY) != 0) return last_error();
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return last_error();
    // A pipe has no size.
    const auto expected = static_cast<std::size_t>(std::max<off_t>(status.st_size, 64 * 1024 - 1));
    std::string text(std::min(expected, max_bytes) + 1, '\0');
    std::size_t size = 0;
    for (;;) {
        const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
        if (got < 0 && errno != EINTR) return last_error();
        if (got == 0) break;
        size += got > 0 ? static_cast<std::size_t>(got) : 0;
        if (size > max_bytes) return errc::file_too_large;
        if (size == text.size()) text.resize(std::min(2 * size, max_bytes + 1));
    }
    text.resize(size);
    return text;
}

}  // namespace enrichd

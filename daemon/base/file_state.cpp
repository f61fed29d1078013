#include "base/file_state.hpp"

#include <sys/stat.h>

#include <chrono>

namespace enrichd {

result<FileState> state_of(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return last_error();
    if (!S_ISREG(status.st_mode)) return errc::file_not_regular;
    return FileState{status.st_dev, status.st_ino, status.st_size,
                     WallTime(std::chrono::seconds(status.st_mtim.tv_sec)), status.st_mtim.tv_nsec};
}

}  // namespace enrichd

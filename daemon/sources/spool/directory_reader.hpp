// The names in a directory, one after another.
#pragma once

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace enrichd {

class DirectoryReader {
  public:
    explicit DirectoryReader(const std::string& path) : directory_(::opendir(path.c_str()), &::closedir) {
        if (!directory_) failure_ = last_error();
    }

    /// The next name, but for "." and ".."; good until the next call. Null at the end, and after a failure.
    const char* next() {
        while (directory_ && !failure_) {
            errno = 0;
            const dirent* const entry = ::readdir(directory_.get());
            if (!entry && errno != 0) failure_ = last_error();
            if (!entry) break;
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") return entry->d_name;
        }
        return nullptr;
    }

    const error& failure() const { return failure_; }

    /// For fstatat and its like.
    int descriptor() const { return ::dirfd(directory_.get()); }

  private:
    std::unique_ptr<DIR, int (*)(DIR*)> directory_;
    error failure_;
};

}  // namespace enrichd

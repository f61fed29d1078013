// What tells one state of a file from another.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace enrichd {

/// A path that is a link counts for the file it leads to.
struct FileState {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    WallTime written{};  // any time at all: the owner of the file may set it
    std::int64_t nanoseconds = 0;
    bool operator==(const FileState&) const = default;
};

/// Errors: the system's, file_not_regular.
[[nodiscard]] result<FileState> state_of(const std::string& file);

}  // namespace enrichd

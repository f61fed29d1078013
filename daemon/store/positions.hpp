// How far the files that are followed were read.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace enrichd {

/// What tells one file from another: an inode number is used again, by a file that was created later, and a
/// compressed file has another one.
struct FileIdentity {
    static constexpr std::size_t longest_head = 1024;  // bytes

    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::size_t head_size = 0;  // as long as the file was, up to longest_head
    std::string head;           // SHA-256 of these bytes, in hexadecimal digits
    std::int64_t created = 0;   // in nanoseconds since 1970; 0: the file system does not know
    bool operator==(const FileIdentity&) const = default;
};

/// One file that was read under a followed name, now or before it was rotated.
struct FilePosition {
    std::int64_t number = 0;  // the later file has the higher one
    std::string path;         // as it was last opened
    FileIdentity identity;
    std::uint64_t offset =
        0;  // of the first line that is not safe, in bytes; of a compressed file, within its text
    WallTime written{};  // the file itself, last, as far as is known
    WallTime saved{};
    bool operator==(const FilePosition&) const = default;
};

class Positions {
  public:
    /// Files that are remembered of each name: a clock that is set back has an earlier one written again.
    static constexpr std::size_t most = 16;

    explicit Positions(Database& database) : database_(database) {}

    /// Of one name, the latest first.
    task<result<std::vector<FilePosition>>> load(std::string name);

    /// Adds or replaces the one of this number. `save` is tried once, `save_surely` until it is done.
    task<error> save(std::string name, FilePosition position);
    void save_surely(std::string name, FilePosition position);

    /// After another one what was saved may be in another file.
    std::uint64_t opening() const { return database_.openings(); }

  private:
    Database& database_;
};

}  // namespace enrichd

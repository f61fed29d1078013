// Where the reading of a followed file begins, goes on after a start, and goes on after a rotation. All of it
// blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "sources/files/files_options.hpp"
#include "sources/files/open_file.hpp"
#include "store/positions.hpp"

namespace enrichd {

/// A file and where to read on in it.
struct FilePlace {
    std::shared_ptr<OpenFile> file;  // null: there is none
    FileIdentity identity{};
    std::uint64_t offset = 0;  // where a line begins
    WallTime written{};        // the file, last
    bool resumed = false;      // it is where an earlier run stopped
    bool gap = false;          // the file that was read is gone: of its rest nothing is known
    bool truncated = false;    // it was emptied and is written anew
};

/// What is known of the files that were read under a name, the latest first.
using FileHistory = std::vector<FilePosition>;

/// Where reading goes on: in the file that was read last, wherever it is by now, or at the beginning of the
/// present one when it is nowhere. Of a name that was never read: in the present file as `begin` says, but
/// not before `written_since`, what was there when it was first looked for. Errors: of opening a file.
result<FilePlace> first_place(const std::string& name, const FileHistory& history, FilesBegin begin,
                              std::uint64_t written_since);

/// The file that comes after `current`, which was written last at a Unix time: the next of the rotated ones,
/// or the present one. None when it is the present one itself.
result<FilePlace> next_place(const std::string& name, const FilePosition& current,
                             std::chrono::seconds written, const FileHistory& history);

/// What is to be known of a followed file from time to time.
struct FileLook {
    bool there = false;  // the name
    error failure;       // of looking for the name
    std::uint64_t name_device = 0;
    std::uint64_t name_inode = 0;
    std::uint64_t name_size = 0;
    bool is_current = false;  // the name is that of the file that is read
    bool rewritten = false;   // the file that is read is shorter than what was read, or begins otherwise
    bool at_rest = false;     // nobody wrote into it lately
    bool left_grew = false;   // the file that was read before is written into again
    FileIdentity identity;    // of the file that is read, with its head as it is now
    std::uint64_t size = 0;   // of the file that is read; 0 when it is compressed
    WallTime written{};       // the file that is read, last
    std::uint64_t lag = 0;    // bytes that are written and not read
};

/// `current` may be null. `identity` and `offset` are its own.
FileLook look_at_file(const std::string& name, const std::shared_ptr<OpenFile>& current,
                      const FileIdentity& identity, std::uint64_t offset);

}  // namespace enrichd

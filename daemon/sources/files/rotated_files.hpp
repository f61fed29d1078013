// The files that a log was rotated into.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace enrichd {

struct RotatedFile {
    std::string path;
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;          // on the disk, in bytes
    std::chrono::seconds written{};  // last, as Unix time
};

/// Oldest first, without the file itself. Of a file and the one that it is being compressed into only the
/// first. Two ways of naming are known:
/// - Wazuh's (src/analysisd/alerts/getloglocation.c): of DIR/alerts.json the files
///   DIR/YYYY/Mon/ossec-NAME-DD.json and …-DD-NNN.json, also with .gz, in the order of their dates and
///   numbers;
/// - logrotate's: of DIR/eve.json the files DIR/eve.json.1 or eve.json-20261129, also with .gz, in the order
///   in which they were written last. While one of them has a time in the future, for a clock that was set
///   back, in the order of their numbers, the highest first, or dates.
/// Blocks. Errors: of reading a directory; one that is not there has no files. And
/// resource_unavailable_try_again: files are renamed all the time.
result<std::vector<RotatedFile>> rotated_files(const std::string& path);

}  // namespace enrichd

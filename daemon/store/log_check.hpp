// SQLite ends its write-ahead log, without a word, at the first frame that is damaged.
#pragma once

#include <string>

namespace enrichd {

/// Whether a log that an earlier run left holds commits that SQLite will not read back. What a killed process
/// had not committed yet does not count.
bool log_is_damaged(const std::string& path);

}  // namespace enrichd

// The names of a list by their hashes, and those that it had when it was last compared with what was asked
// for: a file beside the state file, so that each name is compared once. All of it blocks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "stages/lists/name_index.hpp"
#include "store/hashed_rows.hpp"

namespace enrichd::listed_hashes {

/// A name that a list has, or the names below it.
struct Listed {
    std::uint64_t hash;
    std::string_view name;  // in the index
    bool below;
    bool operator<(const Listed& other) const { return hash < other.hash; }
};

/// What an index has and the file does not, sorted by hash. All of it, when there is no file or it is of
/// another key. A name that the index takes out again is left out.
struct Gained {
    std::vector<Listed> names;
    std::vector<std::uint64_t> all;  // hashes of the index, sorted: for write()
    bool file_is_current = false;
};
Gained gained(const NameIndex& index, const std::string& file, const hashed_rows::KeyedHash& hash);

/// Replaces the file. Errors: those of the system.
[[nodiscard]] error write(const std::string& file, const std::vector<std::uint64_t>& all,
                          const hashed_rows::KeyedHash& hash);

}  // namespace enrichd::listed_hashes

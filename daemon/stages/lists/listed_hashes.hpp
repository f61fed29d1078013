// The names of a list by their hashes, and those that were compared with what was asked for: a file beside
// the state file, so that each name of a list is compared once. All of it blocks.
#pragma once

#include <cstdint>
#include <optional>
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

/// Hashes, sorted.
using Hashes = std::vector<std::uint64_t>;

/// What a file has; nothing when there is none, or it is damaged or of another key. Errors: those of the
/// system.
[[nodiscard]] result<std::optional<Hashes>> read(const std::string& file, const hashed_rows::KeyedHash& hash);

/// Replaces the file. Errors: those of the system.
[[nodiscard]] error write(const std::string& file, const Hashes& hashes, const hashed_rows::KeyedHash& hash);

struct Gained {
    std::vector<Listed> names;  // sorted by hash
    Hashes compared;            // from now on: with those from before, also when the list has them no more
};

/// What an index has and was not compared before. A name that the index takes out again is left out.
Gained gained(const NameIndex& index, const Hashes& before, const hashed_rows::KeyedHash& hash);

}  // namespace enrichd::listed_hashes

// Tables whose rows are found by a keyed hash: what they have in common.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "store/state_file.hpp"

namespace enrichd::hashed_rows {

/// Hours since 1970, and back.
std::uint32_t hour(WallTime time);
WallTime time_of(std::uint32_t hours);
std::uint32_t hours_at(const Row& row, int column);

/// Two factors, both of 64 bits, into one.
std::uint64_t folded(std::uint64_t a, std::uint64_t b);

/// Nobody who does not know the key can make two texts meet.
struct KeyedHash {
    std::array<std::uint64_t, 2> key{};
    std::uint64_t operator()(std::string_view text) const;
    /// Stands for all names below one: "*." is before it.
    std::uint64_t below(const std::string& name) const { return (*this)("*." + name); }
};

/// Of the key, in the table of facts.
inline constexpr const char* key_fact = "prevalence_key";
std::string key_in(StateFile& file);

/// The statements of one table. `some` gives hash and last hour of a number of rows from a hash on, `first`
/// of the first ones.
struct Table {
    const char* some;
    const char* first;
    const char* remove;
};

/// Of a few rows that chance has put beside each other the oldest quarter, but no more than `most`: an index
/// by time would cost every row more than all the rest of it. Their hashes; `at` is where the last call
/// looked.
std::vector<std::int64_t> remove_some(StateFile& file, const Table& table, std::uint64_t at,
                                      std::size_t most);
std::uint64_t next_place(std::uint64_t at);

}  // namespace enrichd::hashed_rows

// The text in which enrichd keeps a list that it puts together from several answers: one entry a line, with
// the key by which a later answer replaces or removes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "stages/lists/list_builder.hpp"

namespace enrichd {

struct ListEntry {
    std::string_view key;      // of its source; an entry without one, or with a longer one, cannot be kept
    std::string_view name;     // as the source has it
    std::uint8_t listing = 0;  // suffix_listing or Listing::exact
    std::string_view day{};    // "2026-11-21": it counts from then on for a while; empty: for ever
    std::string_view note{};   // JSON in one line, or empty
};

/// What answers add, replace and remove. The last word about a key counts.
class EntryChanges {
  public:
    static constexpr std::size_t longest_key = 253;
    static constexpr std::size_t most_bytes = std::size_t{512} << 20U;

    /// False when it cannot be kept.
    bool put(const ListEntry& entry);
    void remove(std::string_view key);

    /// What `earlier` says of keys that are not changed yet.
    void add_missing(EntryChanges earlier);

    std::size_t size() const { return changes_.size(); }
    std::size_t bytes() const { return bytes_; }  // about, in memory

    /// There is no room for more.
    bool full() const { return bytes_ > most_bytes; }

    /// The text after these changes; what does not change stays in its place. `old`: such a text, or empty.
    /// Its entries of later days than the changes' stay, those of days before `oldest` go. `state`: a JSON
    /// object in one line, for entries_state().
    std::string applied_to(std::string_view old, std::string_view oldest, std::string_view state) const;

  private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
    };

    using Changes = std::unordered_map<std::string, std::string, Hash, std::equal_to<>>;

    void change(std::string_view key, std::string line);

    Changes changes_;        // empty: removed
    std::size_t bytes_ = 0;  // about, in memory
};

/// Whether a text is of this kind.
bool is_entries(std::string_view text);

/// The state that it was written with; empty when it has none.
std::string_view entries_state(std::string_view text);

/// Whether two such texts have the same entries in the same order.
bool same_entries(std::string_view a, std::string_view b);

/// Entries of days before `oldest` are no entries.
void read_entries(std::string_view text, std::string_view oldest, ListBuilder& builder);

}  // namespace enrichd

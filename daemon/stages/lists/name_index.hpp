// The names of one list in memory: millions of them, found exactly or by a suffix.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/huge_pages.hpp"

namespace enrichd {

/// A name and all its suffixes, the longest first, with their hashes: computed once for all lists.
class NameSuffixes {
  public:
    struct Suffix {
        std::string_view text;
        std::size_t hash;
        bool whole;  // it is the name itself
    };

    /// `name` is a HostName's text and outlives this.
    explicit NameSuffixes(std::string_view name);

    auto begin() const { return suffixes_.begin(); }
    auto end() const { return suffixes_.end(); }

  private:
    boost::container::small_vector<Suffix, 8> suffixes_;
};

/// What a list says of a name, or of the names below it. A set of these.
enum class Listing : std::uint8_t {
    exact = 1,         // the name itself
    below = 2,         // all names below it
    except_exact = 4,  // the name itself is taken out
    except_below = 8   // all names below it are
};

constexpr std::uint8_t operator|(Listing a, Listing b) {
    return static_cast<std::uint8_t>(a) | static_cast<std::uint8_t>(b);
}

/// The name and what is below it.
inline constexpr std::uint8_t suffix_listing = Listing::exact | Listing::below;

/// Texts one behind the other, and four-byte positions in them that are found by hash. Exact; 9 to 16 bytes a
/// name beside its own text (`scripts/bench lists` measures it).
class NameIndex {
  public:
    static constexpr std::size_t longest_name = 253;
    static constexpr std::size_t most_bytes = std::size_t{1} << 31U;  // of texts

    /// How two entries about one name are weighed.
    enum class Rule {
        exceptions_win,  // an exception anywhere on the way takes a name out
        closest_wins     // RPZ: the closest entry decides; a wildcard counts for the closest ancestor alone
    };

    explicit NameIndex(Rule rule = Rule::exceptions_win) : rule_(rule) {}
    NameIndex(const NameIndex&) = delete;
    NameIndex& operator=(const NameIndex&) = delete;

    /// `name`: lower case, 1 to longest_name bytes. `listing`: a set of Listing; what is added of one name is
    /// united. `note`: JSON without a line feed, or empty; the first one of a name stays. False when the
    /// index is full.
    bool add(std::string_view name, std::uint8_t listing, std::string_view note = {});

    /// What was added of a name so far.
    std::uint8_t listing(std::string_view name) const;

    /// After the last add().
    void finish();

    struct Match {
        std::string_view entry;  // without "*."
        std::string_view note;
    };
    /// After finish(). The entry by which a name is listed; nothing when it is not, or is taken out.
    std::optional<Match> find(const NameSuffixes& name) const;

    /// Each name with its listing, in no order; the texts live as long as this.
    template <class Each>
    void each(Each each) const {
        for (const std::uint32_t at : positions_) each(name_at(at), listing_at(at));
    }

    std::size_t size() const { return positions_.size(); }
    std::size_t bytes() const;

  private:
    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        const NameIndex* index;
        std::size_t operator()(std::uint32_t at) const;
        std::size_t operator()(const NameSuffixes::Suffix& suffix) const { return suffix.hash; }
    };
    struct Equal {
        using is_transparent = void;
        const NameIndex* index;
        bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
        bool operator()(const NameSuffixes::Suffix& suffix, std::uint32_t at) const {
            return index->name_at(at) == suffix.text;
        }
        bool operator()(std::uint32_t at, const NameSuffixes::Suffix& suffix) const {
            return index->name_at(at) == suffix.text;
        }
    };

    void mark_filter();
    static std::uint64_t filter_bits(std::size_t hash);
    bool may_have(const NameSuffixes::Suffix& suffix) const;
    std::uint32_t add_note(std::string_view note);
    std::uint8_t listing_at(std::uint32_t at) const { return static_cast<std::uint8_t>(text_[at]); }
    Match match_at(std::uint32_t at) const { return {name_at(at), note_at(at)}; }
    std::string_view name_at(std::uint32_t at) const;
    std::string_view note_at(std::uint32_t at) const;
    std::optional<Match> find_closest(const NameSuffixes& name) const;
    std::string_view closest_ancestor(std::string_view name) const;
    std::string owner_at(std::uint32_t place) const;

    Rule rule_;
    template <class T>
    using Table = std::vector<T, HugePageAllocator<T>>;

    Table<char>
        text_;  // of each name: its listing, its length, the position of its note if it has one, itself
    std::string notes_;                                                  // each with a line feed
    std::unordered_map<std::string, std::uint32_t> positions_of_notes_;  // until finish()
    boost::unordered_flat_set<std::uint32_t, Hash, Equal, HugePageAllocator<std::uint32_t>> positions_{
        0, Hash{this}, Equal{this}};
    Table<std::uint64_t> filter_;  // three bits of one word for each name, by its hash
    int filter_shift_ = 0;
    std::vector<std::uint32_t> in_order_;  // by label from the right; of closest_wins alone
};

}  // namespace enrichd

#include "stages/lists/name_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

namespace enrichd {
namespace {

constexpr std::uint8_t has_note = 16;          // in the place of a listing
constexpr std::uint32_t wildcard = 1U << 31U;  // in in_order_: "*." stands before the name
constexpr std::size_t note_size = sizeof(std::uint32_t);

std::size_t hash_of(std::string_view text) {
    return std::hash<std::string_view>()(text);
}

bool has(std::uint8_t listing, Listing one) {
    return (listing & static_cast<std::uint8_t>(one)) != 0;
}

/// Takes the last label off.
std::string_view take_label(std::string_view& name) {
    const std::size_t dot = name.rfind('.');
    const std::size_t from = dot == std::string_view::npos ? 0 : dot + 1;
    const std::string_view label = name.substr(from);
    name = name.substr(0, dot == std::string_view::npos ? 0 : dot);
    return label;
}

/// The order in which unbound 1.17 keeps the owner names of a zone: by label from the right, a shorter label
/// before a longer one.
bool before(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        const std::string_view one = take_label(a);
        const std::string_view other = take_label(b);
        if (one.size() != other.size()) return one.size() < other.size();
        if (const int order = one.compare(other); order != 0) return order < 0;
    }
    return a.empty() && !b.empty();
}

/// The longest suffix of `name`, in whole labels, that `other` has too; empty when there is none.
std::string_view shared_suffix(std::string_view name, std::string_view other) {
    std::string_view rest = name;
    std::size_t from = name.size();
    while (!rest.empty() && !other.empty()) {
        const std::string_view label = take_label(rest);
        if (label != take_label(other)) break;
        from = static_cast<std::size_t>(label.data() - name.data());
    }
    return name.substr(from);
}

}  // namespace

NameSuffixes::NameSuffixes(std::string_view name) {
    bool whole = true;
    for (std::string_view rest = name;;) {
        if (rest.size() <= NameIndex::longest_name) suffixes_.push_back({rest, hash_of(rest), whole});
        const std::size_t dot = rest.find('.');
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
        whole = false;
    }
}

std::size_t NameIndex::Hash::operator()(std::uint32_t at) const {
    return hash_of(index->name_at(at));
}

std::string_view NameIndex::name_at(std::uint32_t at) const {
    const auto length = static_cast<unsigned char>(text_[at + 1]);
    const std::size_t from = at + 2 + ((listing_at(at) & has_note) != 0 ? note_size : 0);
    return {text_.data() + from, length};
}

std::string_view NameIndex::note_at(std::uint32_t at) const {
    if ((listing_at(at) & has_note) == 0) return {};
    std::uint32_t place = 0;
    std::memcpy(&place, text_.data() + at + 2, note_size);
    const std::string_view rest = std::string_view(notes_).substr(place);
    return rest.substr(0, rest.find('\n'));
}

bool NameIndex::add(std::string_view name, std::uint8_t listing, std::string_view note) {
    if (const auto found = positions_.find(NameSuffixes::Suffix{name, hash_of(name), true});
        found != positions_.end()) {
        text_[*found] = static_cast<char>(listing_at(*found) | listing);
        return true;
    }
    const std::size_t at = text_.size();
    if (at + name.size() + 2 + note_size > most_bytes || notes_.size() + note.size() + 1 > most_bytes)
        return false;
    text_.push_back(static_cast<char>(listing | (note.empty() ? 0 : has_note)));
    text_.push_back(static_cast<char>(name.size()));
    if (!note.empty()) {
        const std::uint32_t place = add_note(note);
        const auto* bytes = reinterpret_cast<const char*>(&place);
        text_.insert(text_.end(), bytes, bytes + note_size);
    }
    text_.insert(text_.end(), name.begin(), name.end());
    positions_.insert(static_cast<std::uint32_t>(at));
    return true;
}

std::uint8_t NameIndex::listing(std::string_view name) const {
    const auto found = positions_.find(NameSuffixes::Suffix{name, hash_of(name), true});
    return found == positions_.end() ? std::uint8_t{0} : listing_at(*found);
}

/// Many names have the same note.
std::uint32_t NameIndex::add_note(std::string_view note) {
    const auto [found, is_new] =
        positions_of_notes_.try_emplace(std::string(note), static_cast<std::uint32_t>(notes_.size()));
    if (is_new) notes_.append(note).push_back('\n');
    return found->second;
}

void NameIndex::finish() {
    text_.shrink_to_fit();
    notes_.shrink_to_fit();
    positions_of_notes_ = {};
    mark_filter();
    if (rule_ != Rule::closest_wins) return;
    for (const std::uint32_t at : positions_) {
        const std::uint8_t listing = listing_at(at);
        if (has(listing, Listing::exact) || has(listing, Listing::except_exact)) in_order_.push_back(at);
        if (has(listing, Listing::below) || has(listing, Listing::except_below))
            in_order_.push_back(at | wildcard);
    }
    std::sort(in_order_.begin(), in_order_.end(),
              [this](std::uint32_t a, std::uint32_t b) { return before(owner_at(a), owner_at(b)); });
}

/// 16 bits a name or more, three of them set, all in one word: of names that are not there, about one in two
/// hundred looks as if it was, so that most suffixes cost one access to memory.
void NameIndex::mark_filter() {
    const std::size_t words = std::bit_ceil(std::max<std::size_t>(positions_.size() / 4, 2));
    filter_.assign(words, 0);
    filter_shift_ = 64 - std::countr_zero(words);
    for (const std::uint32_t at : positions_) {
        const std::size_t hash = hash_of(name_at(at));
        filter_[std::uint64_t{hash} >> filter_shift_] |= filter_bits(hash);
    }
}

std::uint64_t NameIndex::filter_bits(std::size_t hash) {
    return std::uint64_t{1} << (hash & 63U) | std::uint64_t{1} << (hash >> 6U & 63U) |
           std::uint64_t{1} << (hash >> 12U & 63U);
}

bool NameIndex::may_have(const NameSuffixes::Suffix& suffix) const {
    const std::uint64_t bits = filter_bits(suffix.hash);
    return (filter_[std::uint64_t{suffix.hash} >> filter_shift_] & bits) == bits;
}

std::size_t NameIndex::bytes() const {
    // One byte of metadata for each place, and 16 for 15 of them.
    const std::size_t places = positions_.bucket_count();
    return text_.capacity() + notes_.capacity() + places * sizeof(std::uint32_t) + places * 16 / 15 +
           in_order_.capacity() * sizeof(std::uint32_t) + filter_.capacity() * sizeof(std::uint64_t);
}

std::string NameIndex::owner_at(std::uint32_t place) const {
    const std::string_view name = name_at(place & ~wildcard);
    return ((place & wildcard) != 0 ? "*." : "") + std::string(name);
}

std::optional<NameIndex::Match> NameIndex::find(const NameSuffixes& name) const {
    if (positions_.empty()) return std::nullopt;
    if (rule_ == Rule::closest_wins) return find_closest(name);
    std::optional<Match> match;
    for (const NameSuffixes::Suffix& suffix : name) {
        if (!may_have(suffix)) continue;
        const auto found = positions_.find(suffix);
        if (found == positions_.end()) continue;
        const std::uint8_t listing = listing_at(*found);
        if (has(listing, suffix.whole ? Listing::except_exact : Listing::except_below)) return std::nullopt;
        if (!match && has(listing, suffix.whole ? Listing::exact : Listing::below)) match = match_at(*found);
    }
    return match;
}

std::optional<NameIndex::Match> NameIndex::find_closest(const NameSuffixes& name) const {
    bool wildcards = false;
    for (const NameSuffixes::Suffix& suffix : name) {
        if (!may_have(suffix)) continue;
        const auto found = positions_.find(suffix);
        if (found == positions_.end()) continue;
        const std::uint8_t listing = listing_at(*found);
        if (suffix.whole && has(listing, Listing::except_exact)) return std::nullopt;
        if (suffix.whole && has(listing, Listing::exact)) return match_at(*found);
        wildcards = wildcards || has(listing, Listing::below) || has(listing, Listing::except_below);
    }
    if (!wildcards) return std::nullopt;
    const std::string_view ancestor = closest_ancestor(name.begin()->text);
    const auto found = positions_.find(NameSuffixes::Suffix{ancestor, hash_of(ancestor), false});
    if (found == positions_.end() || !has(listing_at(*found), Listing::below) ||
        has(listing_at(*found), Listing::except_below))
        return std::nullopt;
    return match_at(*found);
}

/// As unbound finds it: what the name shares with the owner name that comes before it.
std::string_view NameIndex::closest_ancestor(std::string_view name) const {
    const auto after = std::upper_bound(
        in_order_.begin(), in_order_.end(), name,
        [this](std::string_view one, std::uint32_t at) { return before(one, owner_at(at)); });
    return after == in_order_.begin() ? std::string_view() : shared_suffix(name, owner_at(*(after - 1)));
}

}  // namespace enrichd

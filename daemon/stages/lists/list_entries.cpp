#include "stages/lists/list_entries.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "stages/lists/line_formats.hpp"

namespace enrichd {
namespace {

constexpr std::string_view head = "{\"list_entries\":1,\"state\":";
constexpr std::size_t bytes_of_entry = 128;  // of a hash table, beside its texts
constexpr std::string_view no_name = "?";    // a reader leaves it out and counts it
constexpr char exact_letter = 'e';
constexpr char suffix_letter = 's';

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ';
}

/// The text before the next tab, which is taken off with it.
std::string_view take_cell(std::string_view& line) {
    const std::string_view cell = line.substr(0, line.find('\t'));
    line.remove_prefix(std::min(cell.size() + 1, line.size()));
    return cell;
}

ListEntry entry_of(std::string_view line) {
    ListEntry entry;
    entry.key = take_cell(line);
    entry.name = take_cell(line);
    if (entry.name.empty()) entry.name = entry.key;
    entry.listing = take_cell(line).starts_with(exact_letter) ? static_cast<std::uint8_t>(Listing::exact)
                                                              : suffix_listing;
    entry.day = take_cell(line);
    entry.note = line;
    return entry;
}

bool too_old(std::string_view day, std::string_view oldest) {
    return !day.empty() && day < oldest;
}

template <class Each>
void for_each_entry(std::string_view text, Each each) {
    for_each_line(text, [&](std::size_t number, std::string_view line) {
        if (number > 1 && !line.empty()) each(number, line, entry_of(line));
        return true;
    });
}

}  // namespace

bool EntryChanges::put(const ListEntry& entry) {
    if (entry.key.empty() || entry.key.size() > longest_key ||
        std::any_of(entry.key.begin(), entry.key.end(), is_control))
        return false;
    std::string line;
    line.reserve(entry.key.size() + entry.name.size() + entry.day.size() + entry.note.size() + 6);
    line.append(entry.key).append("\t");
    if (entry.name != entry.key) line.append(entry.name.empty() ? no_name : entry.name);
    std::replace_if(line.begin() + static_cast<std::ptrdiff_t>(entry.key.size()) + 1, line.end(), is_control,
                    '?');
    line.append("\t").append(1, entry.listing == suffix_listing ? suffix_letter : exact_letter);
    line.append("\t").append(entry.day).append("\t").append(entry.note).append("\n");
    change(entry.key, std::move(line));
    return true;
}

void EntryChanges::remove(std::string_view key) {
    change(key, {});
}

void EntryChanges::change(std::string_view key, std::string line) {
    auto found = changes_.find(key);
    if (found == changes_.end()) {
        found = changes_.emplace(key, std::string()).first;
        bytes_ += key.size() + bytes_of_entry;
    }
    bytes_ += line.size();
    bytes_ -= found->second.size();
    found->second = std::move(line);
}

void EntryChanges::add_missing(EntryChanges earlier) {
    changes_.merge(earlier.changes_);
    bytes_ += earlier.bytes_;
}

std::string EntryChanges::applied_to(std::string_view old, std::string_view oldest,
                                     std::string_view state) const {
    std::string out;
    out.reserve(head.size() + state.size() + 2 + old.size() + bytes_);
    out.append(head).append(state).append("}\n");
    std::unordered_set<std::string_view> placed;
    for_each_entry(old, [&](std::size_t, std::string_view line, const ListEntry& entry) {
        const auto change = changes_.find(entry.key);
        const bool changes = change != changes_.end();
        if (changes) placed.insert(change->first);
        const bool replaced =
            changes && (change->second.empty() || entry_of(change->second).day >= entry.day);
        if (replaced)
            out.append(change->second);
        else if (!too_old(entry.day, oldest))
            out.append(line).append("\n");
    });
    for (const auto& [key, line] : changes_)
        if (!placed.contains(key) && !line.empty() && !too_old(entry_of(line).day, oldest)) out.append(line);
    return out;
}

bool same_entries(std::string_view a, std::string_view b) {
    a.remove_prefix(std::min(a.find('\n'), a.size()));
    b.remove_prefix(std::min(b.find('\n'), b.size()));
    return a == b;
}

bool is_entries(std::string_view text) {
    return text.starts_with(head);
}

std::string_view entries_state(std::string_view text) {
    if (!is_entries(text)) return {};
    const std::string_view line = text.substr(0, text.find('\n'));
    return line.substr(head.size(), line.size() - head.size() - 1);
}

void read_entries(std::string_view text, std::string_view oldest, ListBuilder& builder) {
    for_each_entry(text, [&](std::size_t number, std::string_view line, const ListEntry& entry) {
        if (too_old(entry.day, oldest)) return;
        builder.at(number, line);
        if (builder.add(entry.name, entry.listing, entry.note)) builder.count_entry();
    });
}

}  // namespace enrichd

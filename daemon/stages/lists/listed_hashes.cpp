#include "stages/lists/listed_hashes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "base/read_file.hpp"
#include "base/replace_file.hpp"

namespace enrichd::listed_hashes {
namespace {

using hashed_rows::KeyedHash;

constexpr std::size_t most_file_bytes = std::size_t{1} << 30U;

/// The first number of a file: another key, another number.
std::uint64_t mark_of(const KeyedHash& hash) {
    return hash("enrichd: hashes of a list, version 1");
}

bool has(std::uint8_t listing, Listing what) {
    return (listing & static_cast<std::uint8_t>(what)) != 0;
}

std::vector<Listed> listed(const NameIndex& index, const KeyedHash& hash) {
    std::vector<Listed> out;
    out.reserve(2 * index.size());
    index.each([&](std::string_view name, std::uint8_t listing) {
        if (has(listing, Listing::exact)) out.push_back({hash(name), name, false});
        if (has(listing, Listing::below)) out.push_back({hash.below(std::string(name)), name, true});
    });
    std::sort(out.begin(), out.end());
    return out;
}

std::optional<std::vector<std::uint64_t>> read(const std::string& file, const KeyedHash& hash) {
    const auto bytes = read_file_up_to(file, most_file_bytes);
    if (!bytes || bytes->size() < sizeof(std::uint64_t) || bytes->size() % sizeof(std::uint64_t) != 0)
        return std::nullopt;
    std::vector<std::uint64_t> numbers(bytes->size() / sizeof(std::uint64_t));
    std::memcpy(numbers.data(), bytes->data(), bytes->size());
    if (numbers.front() != mark_of(hash)) return std::nullopt;
    numbers.erase(numbers.begin());
    if (!std::is_sorted(numbers.begin(), numbers.end())) return std::nullopt;
    return numbers;
}

}  // namespace

Gained gained(const NameIndex& index, const std::string& file, const KeyedHash& hash) {
    Gained out;
    const std::vector<Listed> all = listed(index, hash);
    out.all.reserve(all.size());
    for (const Listed& one : all) out.all.push_back(one.hash);
    const auto before = read(file, hash);
    out.file_is_current = before && *before == out.all;
    auto known = before ? before->begin() : std::vector<std::uint64_t>::const_iterator();
    for (const Listed& one : all) {
        if (before) known = std::lower_bound(known, before->end(), one.hash);
        const bool there = before && known != before->end() && *known == one.hash;
        if (!there && (one.below || index.find(NameSuffixes(one.name)))) out.names.push_back(one);
    }
    return out;
}

error write(const std::string& file, const std::vector<std::uint64_t>& all, const KeyedHash& hash) {
    const std::uint64_t mark = mark_of(hash);
    const auto bytes = [](const std::uint64_t* numbers, std::size_t count) {
        return std::string_view(reinterpret_cast<const char*>(numbers),  // NOLINT: bytes are bytes
                                count * sizeof(std::uint64_t));
    };
    return replace_file(file,
                        std::array<std::string_view, 2>{bytes(&mark, 1), bytes(all.data(), all.size())});
}

}  // namespace enrichd::listed_hashes

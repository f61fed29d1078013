#include "stages/lists/listed_hashes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/read_file.hpp"
#include "base/replace_file.hpp"

namespace enrichd::listed_hashes {
namespace {

using hashed_rows::KeyedHash;

constexpr std::size_t most_file_bytes = std::size_t{1} << 30U;

/// The first number of a file: another key, another number.
std::uint64_t header_of(const KeyedHash& hash) {
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
        if (has(listing, Listing::below) && !has(listing, Listing::except_below))
            out.push_back({hash.below(std::string(name)), name, true});
    });
    std::sort(out.begin(), out.end());
    return out;
}

/// A list that changes all its names again and again must not fill the disk.
bool too_many(const Hashes& before, std::size_t listed) {
    constexpr std::size_t always_kept = 100'000;
    return before.size() > always_kept + 4 * listed;
}

}  // namespace

result<std::optional<Hashes>> read(const std::string& file, const KeyedHash& hash) {
    const auto bytes = read_file_up_to(file, most_file_bytes);
    if (!bytes && bytes.error() == boost::system::errc::no_such_file_or_directory)
        return std::optional<Hashes>();
    if (!bytes) return bytes.error();
    if (bytes->size() < sizeof(std::uint64_t) || bytes->size() % sizeof(std::uint64_t) != 0)
        return std::optional<Hashes>();
    Hashes numbers(bytes->size() / sizeof(std::uint64_t));
    std::memcpy(numbers.data(), bytes->data(), bytes->size());
    const bool good = numbers.front() == header_of(hash);
    numbers.erase(numbers.begin());
    if (!good || !std::is_sorted(numbers.begin(), numbers.end())) return std::optional<Hashes>();
    return std::optional(std::move(numbers));
}

error write(const std::string& file, const Hashes& hashes, const KeyedHash& hash) {
    const std::uint64_t header = header_of(hash);
    const auto bytes = [](const std::uint64_t* numbers, std::size_t count) {
        return std::string_view(reinterpret_cast<const char*>(numbers),  // NOLINT: bytes are bytes
                                count * sizeof(std::uint64_t));
    };
    return replace_file(
        file, std::array<std::string_view, 2>{bytes(&header, 1), bytes(hashes.data(), hashes.size())});
}

Gained gained(const NameIndex& index, const Hashes& before, const KeyedHash& hash) {
    const std::vector<Listed> all = listed(index, hash);
    Gained out;
    Hashes now;
    now.reserve(all.size());
    auto known = before.begin();
    for (const Listed& one : all) {
        now.push_back(one.hash);
        while (known != before.end() && *known < one.hash) ++known;
        const bool is_new = known == before.end() || *known != one.hash;
        if (is_new && (one.below || index.find(NameSuffixes(one.name)))) out.names.push_back(one);
    }
    if (too_many(before, all.size()))
        out.compared = std::move(now);
    else
        std::set_union(before.begin(), before.end(), now.begin(), now.end(),
                       std::back_inserter(out.compared));
    return out;
}

}  // namespace enrichd::listed_hashes

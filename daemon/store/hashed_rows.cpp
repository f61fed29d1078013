#include "store/hashed_rows.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace enrichd::hashed_rows {
namespace {

constexpr std::int64_t pruning_window = 512;

__extension__ typedef unsigned __int128 Wide;  // NOLINT(modernize-use-using): g++ takes it in no other way

}  // namespace

std::uint32_t hour(WallTime time) {
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(time.time_since_epoch().count() / 3600, 0, UINT32_MAX));
}

WallTime time_of(std::uint32_t hours) {
    return WallTime(std::chrono::seconds(std::int64_t{3600} * hours));
}

std::uint32_t hours_at(const Row& row, int column) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(row.number(column), 0, UINT32_MAX));
}

std::uint64_t folded(std::uint64_t a, std::uint64_t b) {
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t KeyedHash::operator()(std::string_view text) const {
    std::uint64_t state = key[0] ^ (text.size() * 0x9E3779B97F4A7C15ULL);
    while (!text.empty()) {
        std::uint64_t part = 0;
        const std::size_t size = std::min(text.size(), sizeof part);
        std::memcpy(&part, text.data(), size);
        state = folded(state ^ part, key[1] | 1U) + 0xD6E8FEB86659FD93ULL;
        text.remove_prefix(size);
    }
    return folded(state ^ key[1], 0xA0761D6478BD642FULL ^ key[0]);
}

std::string key_in(StateFile& file) {
    std::string key;
    file.each(
        "SELECT value FROM facts WHERE name = ?", [&](const Row& row) { key = row.text(0); }, key_fact);
    return key;
}

std::uint64_t next_place(std::uint64_t at) {
    return folded(at + 0x9E3779B97F4A7C15ULL, 0xD6E8FEB86659FD93ULL);
}

std::vector<std::int64_t> remove_some(StateFile& file, const Table& table, std::uint64_t at,
                                      std::size_t most) {
    std::vector<std::pair<std::int64_t, std::int64_t>> by_age;  // last hour, hash
    const auto take = [&](const Row& row) { by_age.emplace_back(row.number(1), row.number(0)); };
    file.each(table.some, take, static_cast<std::int64_t>(at), pruning_window);
    if (by_age.empty()) file.each(table.first, take, pruning_window);  // behind the last
    std::sort(by_age.begin(), by_age.end());
    by_age.resize(std::min((by_age.size() + 3) / 4, most));
    std::vector<std::int64_t> removed;
    for (const auto& [last, hash] : by_age) {
        file.run(table.remove, hash);
        removed.push_back(hash);
    }
    return removed;
}

}  // namespace enrichd::hashed_rows

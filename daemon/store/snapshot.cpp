#include "store/snapshot.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace enrichd {
namespace {

/// Removed in one transaction: others wait behind it.
constexpr std::int64_t max_pruned = 1'000;

std::int64_t seconds(WallTime time) {
    return time.time_since_epoch().count();
}

}  // namespace

Clock::duration RememberedVerdict::good_for(WallTime now) const {
    constexpr std::chrono::seconds longest = std::chrono::days(3650);
    return std::clamp(expires - now, std::chrono::seconds(0), longest);
}

RememberedVerdict remembered_verdict(std::string_view provider, const Row& row) {
    return {provider, row.text(0), row.bytes(1), row.time(2)};
}

void Snapshot::put(StateFile& file, const RememberedVerdict& verdict) {
    file.run("INSERT OR REPLACE INTO verdicts (provider, key, expires, body) VALUES (?, ?, ?, ?)",
             verdict.provider, verdict.key, seconds(verdict.expires), verdict.body);
}

void Snapshot::remember(RememberedVerdict verdict) {
    database_.run_surely([verdict = std::move(verdict)](StateFile& file) { put(file, verdict); });
}

void Snapshot::forget(std::string_view provider) {
    database_.run_surely(
        [provider](StateFile& file) { file.run("DELETE FROM verdicts WHERE provider = ?", provider); });
}

void Snapshot::forget(std::string_view provider, std::string key) {
    database_.run_surely([provider, key = std::move(key)](StateFile& file) {
        file.run("DELETE FROM verdicts WHERE provider = ? AND key = ?", provider, key);
    });
}

task<result<std::vector<RememberedVerdict>>> Snapshot::after(std::string_view provider, std::string key,
                                                             std::size_t count) {
    co_return co_await end(begin_after(provider, std::move(key), count));
}

Snapshot::Piece Snapshot::begin_after(std::string_view provider, std::string key, std::size_t count) {
    const std::int64_t now = seconds(wall_seconds(WallClock::now()));
    auto found = std::make_shared<std::vector<RememberedVerdict>>();
    auto reading = database_.begin([found, provider, key = std::move(key), count, now](StateFile& file) {
        found->clear();
        found->reserve(count);
        file.each(
            "SELECT key, body, expires FROM verdicts WHERE provider = ? AND key > ? AND expires > ?"
            " ORDER BY key LIMIT ?",
            [&](const Row& row) { found->push_back(remembered_verdict(provider, row)); }, provider, key, now,
            static_cast<std::int64_t>(count));
    });
    return {std::move(found), std::move(reading)};
}

task<result<std::vector<RememberedVerdict>>> Snapshot::end(Piece piece) {
    const error failure = co_await database_.end(piece.reading);
    if (failure) co_return failure;
    co_return std::move(*piece.found);
}

task<result<std::size_t>> Snapshot::count() {
    auto found = std::make_shared<std::int64_t>(0);
    Database::Work work = [found](StateFile& file) {
        file.each("SELECT count(*) FROM verdicts", [&](const Row& row) { *found = row.number(0); });
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return static_cast<std::size_t>(*found);
}

task<bool> Snapshot::prune() {
    const std::int64_t now = seconds(wall_seconds(WallClock::now()));
    const auto most = static_cast<std::int64_t>(max_entries_);
    auto removed = std::make_shared<std::int64_t>(0);
    Database::Work work = [removed, now, most](StateFile& file) {
        for (const std::string_view provider : {"domain_stats", "otx"}) {
            std::int64_t excess = 0;
            file.each(
                "SELECT max(count(*) - ?2, count(*) FILTER (WHERE expires <= ?3)) FROM verdicts WHERE "
                "provider = ?1",
                [&](const Row& row) { excess = row.number(0); }, provider, most, now);
            if (excess <= 0) continue;
            file.run(
                "DELETE FROM verdicts WHERE provider = ?1 AND key IN"
                " (SELECT key FROM verdicts WHERE provider = ?1 ORDER BY expires LIMIT ?2)",
                provider, std::min(excess, max_pruned));
            *removed += file.changes();
        }
    };
    const error failure = co_await database_.run(std::move(work));
    co_return !failure && *removed >= max_pruned;
}

task<result<std::optional<std::string>>> Snapshot::fact(std::string_view name) {
    auto found = std::make_shared<std::optional<std::string>>();
    Database::Work work = [found, name](StateFile& file) {
        file.each(
            "SELECT value FROM facts WHERE name = ?", [&](const Row& row) { *found = row.text(0); }, name);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return std::move(*found);
}

void Snapshot::note_fact(std::string_view name, std::string value) {
    database_.run_surely([name, value = std::move(value)](StateFile& file) {
        file.run("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", name, value);
    });
}

}  // namespace enrichd

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

Clock::duration RememberedVerdict::age(WallTime now) const {
    constexpr std::chrono::seconds longest = std::chrono::days(36'500);  // nanoseconds cannot count much more
    return std::min(now > learnt ? now - learnt : learnt - now, longest);
}

Clock::duration RememberedVerdict::good_for(WallTime now, Clock::duration time_to_live) const {
    constexpr std::chrono::seconds longest = std::chrono::days(3650);
    const Clock::duration by_itself = std::clamp(expires - now, std::chrono::seconds(0), longest);
    return std::clamp(time_to_live - age(now), Clock::duration::zero(), by_itself);
}

RememberedVerdict remembered_verdict(std::string_view provider, const Row& row) {
    return {provider, row.text(0), row.bytes(1), row.time(2), row.time(3)};
}

void Snapshot::put(StateFile& file, const RememberedVerdict& verdict) {
    if (verdict.body.empty()) return;
    file.run("INSERT OR REPLACE INTO verdicts (provider, key, expires, body, learnt) VALUES (?, ?, ?, ?, ?)",
             verdict.provider, verdict.key, seconds(verdict.expires), verdict.body, seconds(verdict.learnt));
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

void Snapshot::forget_outside(std::string_view provider, WallTime from, WallTime to) {
    database_.run_surely([provider, from, to](StateFile& file) {
        file.run("DELETE FROM verdicts WHERE provider = ? AND (learnt < ? OR learnt > ?)", provider,
                 seconds(from), seconds(to));
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
            "SELECT key, body, expires, learnt FROM verdicts WHERE provider = ? AND key > ? AND expires > ?"
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

bool Snapshot::is_behind() const {
    constexpr std::size_t many = 10'000;  // works
    return database_.trouble() || database_.waiting() > many;
}

task<void> Snapshot::prune(std::string_view provider, std::size_t max_entries) {
    // Counted once: to count a million for each thousand that go would take minutes.
    auto left = co_await excess(provider, max_entries);
    while (left > 0) {
        const auto removed = co_await remove_first(provider, std::min(left, max_pruned));
        if (removed == 0) break;
        left -= removed;
    }
}

/// How many have expired, or are too much; none when they cannot be counted.
task<std::int64_t> Snapshot::excess(std::string_view provider, std::size_t max_entries) {
    const std::int64_t now = seconds(wall_seconds(WallClock::now()));
    const auto most = static_cast<std::int64_t>(max_entries);
    auto found = std::make_shared<std::int64_t>(0);
    Database::Work work = [found, provider, now, most](StateFile& file) {
        file.each(
            "SELECT max(count(*) - ?2, count(*) FILTER (WHERE expires <= ?3)) FROM verdicts WHERE provider = "
            "?1",
            [&](const Row& row) { *found = row.number(0); }, provider, most, now);
    };
    const error failure = co_await database_.run(std::move(work));
    co_return failure ? 0 : *found;
}

/// Of those that expire first. How many that were.
task<std::int64_t> Snapshot::remove_first(std::string_view provider, std::int64_t count) {
    auto removed = std::make_shared<std::int64_t>(0);
    Database::Work work = [removed, provider, count](StateFile& file) {
        file.run(
            "DELETE FROM verdicts WHERE provider = ?1 AND key IN"
            " (SELECT key FROM verdicts WHERE provider = ?1 ORDER BY expires LIMIT ?2)",
            provider, count);
        *removed = file.changes();
    };
    const error failure = co_await database_.run(std::move(work));
    co_return failure ? 0 : *removed;
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

#include "store/domains.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

namespace enrichd {
namespace {

/// Removed at once at most: others wait for the store meanwhile.
constexpr std::size_t max_pruned = 1'000;

/// As the number of a server: nobody here has reported it.
constexpr std::int64_t never_shared = std::numeric_limits<std::int64_t>::max();

std::int64_t seconds(WallTime time) {
    return time.time_since_epoch().count();
}

std::optional<std::int64_t> seconds(const std::optional<WallTime>& time) {
    return time ? std::optional(seconds(*time)) : std::nullopt;
}

std::int64_t day(WallTime time) {
    return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

}  // namespace

KnownAge known_age(const Row& row, int column) {
    KnownAge age;
    if (const auto registered = row.maybe_time(column))
        age.registration = Registration{*registered, row.maybe_time(column + 1)};
    age.failure = row.text(column + 2);
    age.good_until = row.maybe_time(column + 3);
    return age;
}

task<result<Contact>> Domains::note(std::string domain, WallTime now, bool reported,
                                    std::optional<std::int64_t> reporter) {
    auto contact = std::make_shared<Contact>();
    Database::Work work = [contact, domain = std::move(domain), now, reported, reporter](StateFile& file) {
        // A transaction that failed is not tried again, but what it found must not stay.
        *contact = {!reported, false, now};
        std::int64_t last = 0;
        file.each(
            "SELECT seen, told, last_day, registered, expires, failure, age_until FROM domains WHERE domain "
            "= ?",
            [&](const Row& row) {
                *contact = {row.number(1) == 0, true, row.time(0), false, known_age(row, 3)};
                last = row.number(2);
            },
            domain);
        if (contact->first && contact->before && reporter)
            file.each(
                "SELECT 1 FROM journal WHERE number = ?", [&](const Row&) { contact->under_way = true; },
                *reporter);
        if (contact->under_way) contact->first = false;
        if (!contact->before)
            file.run("INSERT INTO domains (domain, seen, told, last_day, shared) VALUES (?, ?, ?, ?, ?)",
                     domain, seconds(now), static_cast<std::int64_t>(reported), day(now),
                     reported ? never_shared : 0);
        else if (last != day(now))
            file.run("UPDATE domains SET last_day = ? WHERE domain = ?", day(now), domain);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    if (!contact->before) ++size_;
    co_return std::move(*contact);
}

void Domains::mark_reported(StateFile& file, std::string_view domain) {
    file.run("UPDATE domains SET told = 1 WHERE domain = ?", domain);
}

void Domains::add_reported(StateFile& file, std::string_view domain, WallTime seen) {
    file.run("INSERT OR IGNORE INTO domains (domain, seen, told, last_day) VALUES (?, ?, 1, ?)", domain,
             seconds(seen), day(seen));
}

task<error> Domains::mark_reported(RememberedVerdict verdict) {
    Database::Work work = [verdict = std::move(verdict)](StateFile& file) {
        Snapshot::put(file, verdict);
        mark_reported(file, verdict.key);
    };
    co_return co_await database_.run(std::move(work));
}

task<result<std::optional<WallTime>>> Domains::find(std::string domain) {
    auto seen = std::make_shared<std::optional<WallTime>>();
    Database::Work work = [seen, domain = std::move(domain)](StateFile& file) {
        seen->reset();
        file.each(
            "SELECT seen FROM domains WHERE domain = ?", [&](const Row& row) { *seen = row.time(0); },
            domain);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return *seen;
}

task<error> Domains::prepare_sharing() {
    Database::Work work = [](StateFile& file) {
        file.run("CREATE INDEX IF NOT EXISTS domains_shared ON domains (shared) WHERE told = 1");
    };
    co_return co_await database_.run(std::move(work));
}

task<result<std::vector<SeenDomain>>> Domains::unshared(std::int64_t server, std::size_t count) {
    auto found = std::make_shared<std::vector<SeenDomain>>();
    Database::Work work = [found, server, count](StateFile& file) {
        found->clear();
        file.each(
            "SELECT domain, seen FROM domains WHERE told = 1 AND shared < ? LIMIT ?",
            [&](const Row& row) {
                found->push_back({row.text(0), row.time(1)});
            },
            server, static_cast<std::int64_t>(count));
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    if (found->empty()) co_return std::move(*found);
    Database::Work sync = [](StateFile& file) { file.sync_commits(); };
    const error unsafe = co_await database_.run(std::move(sync));
    if (unsafe) co_return unsafe;
    co_return std::move(*found);
}

task<error> Domains::shared(std::vector<std::string> domains, std::int64_t server) {
    Database::Work work = [domains = std::move(domains), server](StateFile& file) {
        for (const std::string& domain : domains)
            file.run("UPDATE domains SET shared = ? WHERE domain = ?", server, domain);
    };
    co_return co_await database_.run(std::move(work));
}

task<error> Domains::learn(std::string domain, KnownAge age) {
    Database::Work work = [domain = std::move(domain), age = std::move(age)](StateFile& file) {
        std::optional<std::int64_t> registered;
        std::optional<std::int64_t> expires;
        if (age.registration) {
            registered = seconds(age.registration->registered);
            expires = seconds(age.registration->expires);
        }
        file.run(
            "UPDATE domains SET registered = ?, expires = ?, failure = ?, age_until = ? WHERE domain = ?",
            registered, expires, age.failure, seconds(age.good_until), domain);
    };
    co_return co_await database_.run(std::move(work));
}

task<result<std::size_t>> Domains::import(std::vector<SeenDomain> domains) {
    auto added = std::make_shared<std::size_t>(0);
    Database::Work work = [added, domains = std::move(domains)](StateFile& file) {
        for (const SeenDomain& one : domains) {
            file.run("INSERT OR IGNORE INTO domains (domain, seen, told, last_day) VALUES (?, ?, 1, ?)",
                     one.domain, seconds(one.seen), day(wall_seconds(WallClock::now())));
            if (file.changes() > 0)
                ++*added;
            else
                file.run("UPDATE domains SET seen = min(seen, ?), told = 1 WHERE domain = ?",
                         seconds(one.seen), one.domain);
        }
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    size_ += *added;
    co_return *added;
}

task<result<std::vector<SeenDomain>>> Domains::after(std::string domain, std::size_t count) {
    auto found = std::make_shared<std::vector<SeenDomain>>();
    Database::Work work = [found, domain = std::move(domain), count](StateFile& file) {
        file.each(
            "SELECT domain, seen FROM domains WHERE domain > ? ORDER BY domain LIMIT ?",
            [&](const Row& row) {
                found->push_back({row.text(0), row.time(1)});
            },
            domain, static_cast<std::int64_t>(count));
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return std::move(*found);
}

task<result<std::size_t>> Domains::forget(std::string domain) {
    ++forgotten_;
    auto forgotten = std::make_shared<std::size_t>(0);
    Database::Work work = [forgotten, domain = std::move(domain)](StateFile& file) {
        file.run("DELETE FROM domains WHERE domain = ?", domain);
        *forgotten = static_cast<std::size_t>(file.changes());
        file.run("DELETE FROM verdicts WHERE provider = 'domain_stats' AND key = ?", domain);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    size_ -= std::min(size_, *forgotten);
    co_return *forgotten;
}

task<error> Domains::load() {
    auto found = std::make_shared<std::size_t>(0);
    Database::Work work = [found](StateFile& file) {
        file.each("SELECT count(*) FROM domains",
                  [&](const Row& row) { *found = static_cast<std::size_t>(row.number(0)); });
    };
    const error failure = co_await database_.run(std::move(work));
    if (!failure) size_ = *found;
    co_return failure;
}

task<bool> Domains::prune() {
    if (size_ <= most_) co_return false;
    auto removed = std::make_shared<std::size_t>(0);
    const std::size_t excess = std::min(size_ - most_, max_pruned);
    Database::Work work = [removed, excess](StateFile& file) {
        file.run("DELETE FROM domains WHERE domain IN (SELECT domain FROM domains ORDER BY last_day LIMIT ?)",
                 static_cast<std::int64_t>(excess));
        *removed = static_cast<std::size_t>(file.changes());
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return false;
    size_ -= std::min(size_, *removed);
    const bool more = *removed > 0 && size_ > most_;
    co_return more;
}

}  // namespace enrichd

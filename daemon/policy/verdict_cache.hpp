// Recent verdicts, by domain: least recently used go first, each for its time to live.
#pragma once

#include <cstdint>
#include <list>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/units.hpp"
#include "model/domain_stats_verdict.hpp"

namespace enrichd {

struct CacheOptions {
    std::size_t entries = 100'000;
    std::size_t bytes = 256 * 1024 * 1024;  // keys, verdicts and what holds them
    std::chrono::milliseconds established = std::chrono::hours(24);
    std::chrono::milliseconds fresh = std::chrono::hours(1);    // "new" in the configuration
    std::chrono::milliseconds error = std::chrono::minutes(1);  // a category ERROR: the server could not tell
    bool operator==(const CacheOptions&) const = default;
};

class VerdictCache {
  public:
    explicit VerdictCache(const CacheOptions& options) { configure(options); }

    /// Keeps what is there as far as the new bounds allow. Times to live change for later entries.
    void configure(const CacheOptions& options);

    /// The verdict, good until the next call of put, erase or configure; or null. Counts as a use.
    const DomainStatsVerdict* find(std::string_view domain, Clock::time_point now);

    /// Times to live are spread by 10 % either way, so that what was learnt together is not asked again
    /// together.
    void put(std::string_view domain, DomainStatsVerdict verdict, Clock::time_point now);

    std::size_t size() const { return entries_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::uint64_t hits() const { return hits_; }
    std::uint64_t misses() const { return misses_; }

  private:
    struct Entry {
        std::string domain;
        DomainStatsVerdict verdict;
        Clock::time_point expires;
    };
    using Entries = std::list<Entry>;

    static std::size_t cost(const Entry& entry);
    Clock::duration time_to_live(const DomainStatsVerdict& verdict);
    void erase(Entries::iterator entry);
    void make_room();

    CacheOptions options_;
    Entries entries_;  // most recently used first
    std::unordered_map<std::string_view, Entries::iterator> index_;
    std::size_t bytes_ = 0;
    std::uint64_t hits_ = 0;
    std::uint64_t misses_ = 0;
    std::minstd_rand spread_;
};

}  // namespace enrichd

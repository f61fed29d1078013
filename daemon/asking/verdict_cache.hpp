// Recent verdicts, by what was asked: least recently used go first, each for its time to live.
#pragma once

#include <algorithm>
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/heap_bytes.hpp"
#include "base/random.hpp"

namespace enrichd {

/// The longest time to live of each kind of verdict. What the kinds are is known to whom the cache belongs.
using Lifetimes = std::array<Clock::duration, 3>;

struct CacheOptions {
    std::size_t entries = 100'000;
    std::size_t bytes = 256 * 1024 * 1024;  // keys, verdicts and what holds them
    bool operator==(const CacheOptions&) const = default;
};

/// `heap_bytes(const Verdict&)` says what a verdict costs beyond its own size.
template <class Verdict>
class VerdictCache {
  public:
    explicit VerdictCache(const CacheOptions& options) : options_(options) {}

    /// What is too much by the new bounds goes little by little: with each put, and with trim().
    void configure(const CacheOptions& options) { options_ = options; }

    /// Whatever a verdict was put with, it is good for no longer than its kind is today.
    void limit(const Lifetimes& longest) { longest_ = longest; }

    /// Removes up to `most` of what is too much. True when there is more of it.
    bool trim(std::size_t most) {
        for (; most > 0 && too_much(); --most) {
            ++evicted_;
            erase(std::prev(entries_.end()));
        }
        return too_much();
    }

    /// The verdict, good until the next call of put, clear or configure; or null. Counts as a use.
    const Verdict* find(std::string_view key, Clock::time_point now) {
        const auto found = index_.find(key);
        if (found != index_.end() && expires(*found->second) <= now) {
            ++expired_;
            erase(found->second);
        } else if (found != index_.end()) {
            entries_.splice(entries_.begin(), entries_, found->second);
            ++hits_;
            return &found->second->verdict;
        }
        ++misses_;
        return nullptr;
    }

    /// The same without counting as a use.
    const Verdict* peek(std::string_view key, Clock::time_point now) const {
        const auto found = index_.find(key);
        return found == index_.end() || expires(*found->second) <= now ? nullptr : &found->second->verdict;
    }

    /// Since when it is here and until when it is good, if it is there.
    struct Life {
        Clock::time_point since;
        Clock::time_point expires;
    };
    std::optional<Life> life(std::string_view key, Clock::time_point now) const {
        const auto found = index_.find(key);
        if (found == index_.end() || expires(*found->second) <= now) return std::nullopt;
        return Life{found->second->since, expires(*found->second)};
    }

    /// Calls `each(key, verdict, life)` for what is good still, the latest used first, until it returns
    /// false.
    template <class Each>
    void each(Clock::time_point now, Each each) const {
        for (const Entry& entry : entries_)
            if (expires(entry) > now && !each(entry.key, entry.verdict, Life{entry.since, expires(entry)}))
                return;
    }

    /// Makes room in the table for so many, as far as they are allowed: it need not grow step by step.
    void expect(std::size_t entries) { index_.reserve(std::min(entries, options_.entries)); }

    /// Where a verdict comes from: when it was learnt, and its kind, if it is one of those that limit()
    /// knows.
    struct Origin {
        std::optional<std::uint8_t> kind{};
        Clock::duration age{};
    };

    /// The time to live is shortened by up to 10 %, so that what was learnt together is not asked again
    /// together.
    void put(std::string key, Verdict verdict, Clock::duration time_to_live, Clock::time_point now,
             Origin origin = {}) {
        const double factor = 1.0 - 0.1 * static_cast<double>(random_()) / static_cast<double>(Random::max());
        const auto spread = std::chrono::duration_cast<Clock::duration>(time_to_live * factor);
        entries_.push_front(
            {std::move(key), std::move(verdict), now - origin.age, now + spread, origin.kind});
        const auto [place, fresh] = index_.emplace(entries_.front().key, entries_.begin());
        if (!fresh) {
            const auto old = place->second;
            index_.erase(place);
            bytes_ -= cost(*old);
            entries_.erase(old);
            index_.emplace(entries_.front().key, entries_.begin());
        }
        bytes_ += cost(entries_.front());
        trim(most_with_a_put);
    }

    /// What is in flight for it must not bring it back: see flushes().
    void erase(std::string_view key) {
        ++flushes_;
        drop(key);
    }

    /// The same, and what is in flight may be put.
    void drop(std::string_view key) {
        if (const auto found = index_.find(key); found != index_.end()) erase(found->second);
    }

    void clear() {
        ++flushes_;
        index_.clear();
        entries_.clear();
        bytes_ = 0;
    }

    /// How often something was made to be forgotten. An answer to a question from before the last time may be
    /// what is to be forgotten, and is not put.
    std::uint64_t flushes() const { return flushes_; }

    std::size_t size() const { return entries_.size(); }
    std::size_t bytes() const { return bytes_; }
    std::uint64_t hits() const { return hits_; }
    std::uint64_t misses() const { return misses_; }
    std::uint64_t expired() const { return expired_; }  // found too old
    std::uint64_t evicted() const { return evicted_; }  // to make room
    const CacheOptions& options() const { return options_; }

  private:
    struct Entry {
        std::string key;
        Verdict verdict;
        Clock::time_point since;
        Clock::time_point expires;
        std::optional<std::uint8_t> kind;
    };
    using Entries = std::list<Entry>;

    static std::size_t cost(const Entry& entry) {
        constexpr std::size_t list_node = sizeof(Entry) + 2 * sizeof(void*);
        constexpr std::size_t index_place = 2 * (sizeof(std::string_view) + sizeof(void*));  // half is free
        return list_node + index_place + heap_bytes(entry.key) + heap_bytes(entry.verdict);
    }

    void erase(typename Entries::iterator entry) {
        bytes_ -= cost(*entry);
        index_.erase(entry->key);
        entries_.erase(entry);
    }

    /// Removed with each put at most: one handler must not remove a million.
    static constexpr std::size_t most_with_a_put = 64;

    bool too_much() const {
        return !entries_.empty() && (entries_.size() > options_.entries || bytes_ > options_.bytes);
    }

    Clock::time_point expires(const Entry& entry) const {
        if (!entry.kind || !longest_) return entry.expires;
        const Clock::duration longest = (*longest_)[*entry.kind];
        return std::min(entry.expires, entry.since + longest);
    }

    CacheOptions options_;
    Entries entries_;  // most recently used first
    boost::unordered_flat_map<std::string_view, typename Entries::iterator, std::hash<std::string_view>>
        index_;
    std::optional<Lifetimes> longest_;
    std::size_t bytes_ = 0;
    std::uint64_t flushes_ = 0;
    std::uint64_t hits_ = 0;
    std::uint64_t misses_ = 0;
    std::uint64_t expired_ = 0;
    std::uint64_t evicted_ = 0;
    Random random_ = random_generator();
};

}  // namespace enrichd

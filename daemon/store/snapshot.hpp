// Verdicts in the state file, so that a restart does not ask for them again, and the few other things that a
// provider has learnt.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.hpp"

namespace enrichd {

/// A verdict as the file has it. `body` is as the provider writes it.
struct RememberedVerdict {
    std::string_view provider;  // lives for ever
    std::string key;
    std::string body;
    WallTime expires;
    WallTime learnt = wall_seconds(WallClock::now());

    /// How old it is. A clock that was ahead when it was learnt counts as one that was behind.
    Clock::duration age(WallTime now) const;

    /// At most `time_to_live` from when it was learnt, whatever it says itself.
    Clock::duration good_for(WallTime now, Clock::duration time_to_live) const;
};

/// From the columns key, body, expires and learnt, whatever is in them.
RememberedVerdict remembered_verdict(std::string_view provider, const Row& row);

class Snapshot {
  public:
    /// `max_entries` of each provider: beyond that those go that expire first.
    Snapshot(Database& database, std::size_t max_entries) : database_(database), max_entries_(max_entries) {}

    void configure(std::size_t max_entries) { max_entries_ = max_entries; }

    /// Part of a transaction. A verdict without a body is none, and is not kept.
    static void put(StateFile& file, const RememberedVerdict& verdict);

    void remember(RememberedVerdict verdict);

    /// The state file cannot be written now, or does not keep up: what remember() is given waits in memory.
    bool is_behind() const;

    /// All of one provider are forgotten.
    void forget(std::string_view provider);
    void forget(std::string_view provider, std::string key);

    /// All of one provider that were not learnt in this time: a clock was wrong then, or they have outlived
    /// every time to live.
    void forget_outside(std::string_view provider, WallTime from, WallTime to);

    /// Up to `count` that are still good, in the order of their keys, beginning after `key`.
    task<result<std::vector<RememberedVerdict>>> after(std::string_view provider, std::string key,
                                                       std::size_t count);

    /// The same in two steps: the next can be read while the last are looked at.
    struct Piece {
        std::shared_ptr<std::vector<RememberedVerdict>> found;
        Database::Begun reading;
    };
    Piece begin_after(std::string_view provider, std::string key, std::size_t count);
    task<result<std::vector<RememberedVerdict>>> end(Piece piece);

    /// How many there are of all providers, good or not.
    task<result<std::size_t>> count();

    /// Removes what has expired and what is too much of one provider, a little at a time: others wait for the
    /// store meanwhile.
    task<void> prune(std::string_view provider) { return prune(provider, max_entries_); }
    task<void> prune(std::string_view provider, std::size_t max_entries);

    /// One fact by its name. No value when it was never noted.
    task<result<std::optional<std::string>>> fact(std::string_view name);
    void note_fact(std::string_view name, std::string value);

  private:
    task<std::int64_t> excess(std::string_view provider, std::size_t max_entries);
    task<std::int64_t> remove_first(std::string_view provider, std::int64_t count);

    Database& database_;
    std::size_t max_entries_;
};

}  // namespace enrichd

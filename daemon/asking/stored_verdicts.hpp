// Verdicts of an earlier run, from the state file into a cache.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "asking/verdict_cache.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "store/snapshot.hpp"

namespace enrichd {

enum class Restored { kept, outlived, unread };

/// What becomes of one of them; `today` is the time by the calendar.
using Restore = std::function<Restored(RememberedVerdict& one, WallTime today)>;

/// No verdict is good for longer than it would be if it were learnt today.
template <class Verdict>
Restored put_restored(VerdictCache<Verdict>& cache, RememberedVerdict& one, Verdict verdict,
                      std::uint8_t kind, const Lifetimes& times, WallTime today) {
    const Clock::duration good_for = one.good_for(today, times[kind]);
    if (good_for <= Clock::duration::zero()) return Restored::outlived;
    cache.put(std::move(one.key), std::move(verdict), good_for, Clock::now(), {kind, one.age(today)});
    return Restored::kept;
}

/// Reads all of a provider, which lives for ever; those that have outlived every time to live are removed
/// from the file. What cannot be read is asked for again.
task<error> restore_verdicts(Snapshot& snapshot, std::string_view provider, Lifetimes times, Restore put);

}  // namespace enrichd

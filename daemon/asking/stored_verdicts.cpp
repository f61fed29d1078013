#include "asking/stored_verdicts.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

#include "base/log.hpp"

namespace enrichd {
namespace {

/// Verdicts read at once. To change threads for each costs more than the memory.
constexpr std::size_t chunk = 4'000;

/// They would keep the room of good ones until they say themselves that they have expired, years from now.
void forget_outlived(Snapshot& snapshot, std::string_view provider, const Lifetimes& times) {
    const auto longest =
        std::chrono::ceil<std::chrono::seconds>(*std::max_element(times.begin(), times.end()));
    const WallTime now = wall_seconds(WallClock::now());
    snapshot.forget_outside(provider, now - longest, now + longest);
}

}  // namespace

task<error> restore_verdicts(Snapshot& snapshot, std::string_view provider, Lifetimes times, Restore put) {
    std::size_t restored = 0;
    bool outlived = false;
    std::string last;
    Snapshot::Piece piece = snapshot.begin_after(provider, {}, chunk);
    for (bool more = true; more;) {
        auto some = co_await snapshot.end(piece);
        if (!some) co_return some.error();
        // The key of a spoilt row is shown repaired, and may be before what was asked for.
        more = some->size() == chunk && some->back().key > last;
        if (more) last = some->back().key;
        if (more) piece = snapshot.begin_after(provider, last, chunk);
        const WallTime now = wall_seconds(WallClock::now());
        for (RememberedVerdict& one : *some) {
            const Restored how = put(one, now);
            restored += how == Restored::kept ? 1 : 0;
            outlived = outlived || how == Restored::outlived;
        }
    }
    if (outlived) forget_outlived(snapshot, provider, times);
    if (restored > 0)
        log::info("verdicts of an earlier run are known", {{"provider", provider}, {"verdicts", restored}});
    co_return error();
}

}  // namespace enrichd

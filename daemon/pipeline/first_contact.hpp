// Whether an answer that says nothing of a first contact hides one of ours.
//
// Domain Stats says YOUR-FIRST-CONTACT once, in the first answer for a domain. When that answer never arrived
// (time-out, cut connection, crash), the next answer is silent, but its seen_by_you still holds the time of
// the first asking.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/clock.hpp"

namespace enrichd {

/// When and how often one question has been written to a server.
struct Asked {
    std::optional<WallTime> first;  // set before the first byte goes out
    unsigned times = 0;
    std::optional<Clock::time_point> since{};  // the same as `first`, by the other clock

    /// Of an earlier run. How long ago that was the clock says now: it may be set later.
    static Asked in_earlier_run(WallTime first) {
        const auto ago = std::max(WallClock::now() - first, WallClock::duration::zero());
        return {first, 1, Clock::now() - ago};
    }

    void note(WallTime now) {
        if (!first) {
            first = now;
            since = Clock::now();
        }
        ++times;
    }

    /// The same question, asked by another as well.
    void merge(const Asked& other) {
        if (!other.first) return;
        if (!first || *other.first < *first) {
            first = other.first;
            since = other.since;
        }
        times += other.times;
    }

    /// How long ago the first time was, though somebody may have set the clock meanwhile. `now` counts where
    /// only `first` is known.
    std::chrono::seconds elapsed(WallTime now) const {
        if (since) return std::chrono::floor<std::chrono::seconds>(Clock::now() - *since);
        return now - *first;
    }
};

/// The zone in which a server writes seen_by_you: its `timezone_offset`, which it does not send. An answer
/// that does say YOUR-FIRST-CONTACT was made now, so it teaches the offset.
class ServerZone {
  public:
    /// `server_now` is the answer's Date header. To the quarter of an hour, as zones are. True when that is
    /// news.
    bool learn(WallTime seen_by_you, WallTime server_now);

    /// What was learnt, for the next run.
    std::optional<std::chrono::seconds> offset() const { return offset_; }
    void set_offset(std::chrono::seconds offset) {
        constexpr std::chrono::seconds beyond_all_zones = std::chrono::days(3650);  // a file may be spoilt
        if (offset > -beyond_all_zones && offset < beyond_all_zones) offset_ = offset;
    }

    /// How long before `server_now` the domain was first seen. Before anything was learnt the zone is taken
    /// for UTC, and a time in the future for whole hours of a zone to the east.
    std::chrono::seconds age(WallTime seen_by_you, WallTime server_now) const;

  private:
    std::optional<std::chrono::seconds> offset_;
};

/// Whether the domain was first seen by a question of ours whose answer was lost. Both times of the age are
/// the server's and both times of the asking are ours, so no two clocks are compared. `now` is when the
/// answer came.
bool first_contact_was_lost(const Asked& asked, std::chrono::seconds age, WallTime now);

}  // namespace enrichd

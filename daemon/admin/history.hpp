// The last hour in figures, for plots: how much was done and how fast, step by step; what was found in each
// hour of the last week; and when something was refused last.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/reporting.hpp"

namespace enrichd {

class History {
  public:
    /// One step of the history. Rates are per second; what was not known is absent.
    struct Step {
        double received = 0;
        double finished = 0;
        double events = 0;
        std::optional<double> hit_ratio{};
        std::optional<double> p50{};  // seconds
        std::optional<double> p95{};
    };

    static constexpr std::chrono::seconds every{10};
    static constexpr std::size_t most = 360;

    /// Once a step. The first call only begins.
    void note(const Totals& totals, Clock::time_point now, WallTime wall);

    /// Oldest first, at most `most`.
    const std::deque<Step>& list() const { return list_; }

    /// What was found in an hour, by kind.
    struct Hour {
        WallTime begins;
        Counters found;
    };

    static constexpr std::chrono::hours week{7 * 24};

    /// Oldest first: those of the last week in which something was found, since the start.
    const std::deque<Hour>& hours() const { return hours_; }

    /// When each reason was met last, to a step's precision.
    const std::map<std::string_view, WallTime>& last_refused() const { return last_refused_; }

    /// The checks that are not ok now; called once a step, too.
    void note_troubles(const std::vector<std::string>& checks, WallTime wall);

    /// Since when a check is not ok, to a step's precision; nothing when it was ok at the last step.
    std::optional<WallTime> trouble_since(std::string_view check) const;

  private:
    void note_found(const Counters& now, WallTime wall);

    std::map<std::string, WallTime, std::less<>> troubles_;  // by check
    std::optional<Totals> before_;
    Clock::time_point at_;
    std::deque<Step> list_;
    std::deque<Hour> hours_;
    std::map<std::string_view, WallTime> last_refused_;
};

}  // namespace enrichd

// The time. Nothing else calls a clock, but for two that must have the machine's: systemd's reload message
// and the timeouts of Beast's streams. A test may put simulated time in place of both clocks.
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>

#include <atomic>
#include <chrono>

namespace enrichd {

class SimulatedTime;

/// For deadlines and ages inside this process: it never goes back.
struct Clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<Clock>;
    static constexpr bool is_steady = true;

    static time_point now();
};

/// For times that others name: an upstream's dates, the name of a spool file.
struct WallClock {
    using duration = std::chrono::system_clock::duration;
    using time_point = std::chrono::system_clock::time_point;

    static time_point now();
};
using WallTime = std::chrono::sys_seconds;

inline WallTime wall_seconds(WallClock::time_point time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

/// Both clocks, for as long as this lives: they stand still until somebody advances them. One at a time. A
/// loop whose timers were set before this begins may not see that they are due.
class SimulatedTime {
  public:
    /// Goes on from the machine's time, unless another is given.
    explicit SimulatedTime(WallClock::time_point wall = WallClock::now(),
                           Clock::time_point start = Clock::now());
    ~SimulatedTime();
    SimulatedTime(const SimulatedTime&) = delete;
    SimulatedTime& operator=(const SimulatedTime&) = delete;

    void advance(Clock::duration by) { passed_ += by.count(); }

    /// Somebody sets the machine's time: the wall clock alone.
    void step_wall(WallClock::duration by) { stepped_ += by.count(); }

    /// How long until the first timer of the loop that was polled last is due: as it was in that poll.
    Clock::duration until_first_timer() const { return until_first_timer_; }

    /// The one that lives, or null.
    static SimulatedTime* current() { return current_.load(std::memory_order_acquire); }

  private:
    friend Clock;
    friend WallClock;
    friend struct TimerWaits;

    Clock::duration passed() const { return Clock::duration(passed_.load(std::memory_order_relaxed)); }

    static inline constinit std::atomic<SimulatedTime*> current_ = nullptr;

    const WallClock::time_point wall_;
    const Clock::time_point start_;
    std::atomic<Clock::rep> passed_ = 0;
    std::atomic<WallClock::duration::rep> stepped_ = 0;
    Clock::duration until_first_timer_ = Clock::duration::max();
};

inline Clock::time_point Clock::now() {
    if (const auto* simulated = SimulatedTime::current()) return simulated->start_ + simulated->passed();
    return time_point(std::chrono::steady_clock::now().time_since_epoch());
}

inline WallClock::time_point WallClock::now() {
    if (const auto* simulated = SimulatedTime::current())
        return simulated->wall_ + std::chrono::duration_cast<duration>(simulated->passed()) +
               duration(simulated->stepped_.load(std::memory_order_relaxed));
    return std::chrono::system_clock::now();
}

/// How long a loop may sleep. Asio asks for the timer that is due first. In simulated time it never sleeps.
struct TimerWaits {
    static Clock::duration to_wait_duration(const Clock::duration& until_due) {
        auto* simulated = SimulatedTime::current();
        if (!simulated) return until_due;
        simulated->until_first_timer_ = until_due;
        return Clock::duration::zero();
    }
    static Clock::duration to_wait_duration(const Clock::time_point& due) {
        return to_wait_duration(due - Clock::now());
    }
};

/// Replaces asio::steady_timer.
using Timer = boost::asio::basic_waitable_timer<Clock, TimerWaits>;

}  // namespace enrichd

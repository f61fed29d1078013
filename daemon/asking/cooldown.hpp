// When an upstream is paused: it is down, it says that we ask too often, or it refuses our key or us. One try
// now and then finds out whether it still does.
//
// A refusal or a timeout that may be about one name pauses nothing: it takes different names. Where names
// time out, the next try follows at once, and only when that fails too the upstream is paused.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "asking/breaker.hpp"
#include "asking/failure.hpp"
#include "base/random.hpp"
#include "base/result.hpp"

namespace enrichd {

struct CooldownOptions {
    BreakerOptions away{5, std::chrono::seconds(30), std::chrono::minutes(10)};
    BreakerOptions limited{1, std::chrono::minutes(1), std::chrono::minutes(15)};
    BreakerOptions refused{3, std::chrono::minutes(15), std::chrono::hours(4)};  // the key, or us
    std::chrono::seconds longest_retry_after = std::chrono::hours(1);  // longer than this nobody is believed
};

class Cooldown {
  public:
    /// Numbers tries in the order in which they begin.
    using Number = std::uint64_t;

    explicit Cooldown(const CooldownOptions& options)
        : options_(options),
          holds_{Hold{Breaker(options.away)}, Hold{Breaker(options.limited)}, Hold{Breaker(options.refused)},
                 Hold{Breaker(options.refused)}},
          random_(random_generator()) {}

    Number begin() { return ++begun_; }

    /// Paused, whether or not a try is due.
    bool holds() const {
        return std::any_of(holds_.begin(), holds_.end(), [](const Hold& one) { return one.breaker.open(); });
    }

    /// Until then no try is due: the longest of the holds. Nothing when it is not paused.
    std::optional<Clock::time_point> until() const {
        std::optional<Clock::time_point> longest;
        for (const Hold& one : holds_)
            if (one.breaker.open()) longest = std::max(one.until, longest.value_or(one.until));
        return longest;
    }

    /// What is known of a try that failed.
    struct Failure {
        error reason;
        std::string_view name;  // asked about
        bool certain = false;   // it is not about that name, though the reason does not say so
        std::optional<std::chrono::seconds> retry_after{};
    };

    /// A try failed. True when that begins a hold of another kind, which is worth a word.
    bool failed(const Failure& failure, Number number, Clock::time_point now) {
        const Kind kind = kind_of(failure.reason);
        if (kind == refused && number <= key_changed_) return false;  // it was the old key's failure
        const bool certain = failure.certain || kind == limited || out_of_reach(failure.reason);
        const bool opened = holds_[kind].breaker.failed(certain, failure.name);
        const auto& retry_after = failure.retry_after;
        // What was begun before the hold says nothing new of it. A try that was to find out does, whatever it
        // failed of: each hold goes on.
        if (opened && kind == away && !certain && !retry_after)
            holds_[kind].until = now;
        else if (opened)
            prolong(holds_[kind], retry_after, true, now);
        else if (number > since_)
            for (Hold& one : holds_)
                if (one.breaker.open())
                    prolong(one, &one == &holds_[kind] ? retry_after : std::nullopt, false, now);
        if (opened || number > since_) since_ = begun_;
        return opened;
    }

    /// A try was answered as it should be. True when that ends the hold.
    bool answered(Number number) {
        if (!holds()) {
            for (Hold& one : holds_) one.breaker.succeeded();
            return false;
        }
        if (number <= since_) return false;
        for (Hold& one : holds_) one.breaker.succeeded();
        return true;
    }

    /// Another upstream is asked from now on: what was known of the old one is forgotten.
    void forget() {
        for (Hold& one : holds_) one.breaker.succeeded();
        since_ = begun_;
    }

    /// Somebody may have fixed it: what a reload can change is tried at once, a refused key when it is
    /// another.
    void try_again(bool new_key, Clock::time_point now) {
        if (new_key) key_changed_ = begun_;
        if (new_key) holds_[refused].breaker.succeeded();
        for (const Kind kind : {away, blocked}) holds_[kind].until = std::min(holds_[kind].until, now);
    }

    /// By an operator: one try finds out now, whatever the pause is for.
    void try_now(Clock::time_point now) {
        for (Hold& one : holds_) one.until = std::min(one.until, now);
    }

  private:
    enum Kind : std::size_t { away, limited, refused, blocked, kinds };
    struct Hold {
        Breaker breaker;
        Clock::time_point until{};
    };

    static Kind kind_of(const error& failure) {
        if (failure == errc::rate_limited) return limited;
        if (failure == errc::key_refused) return refused;
        return failure == errc::blocked ? blocked : away;
    }

    void prolong(Hold& hold, std::optional<std::chrono::seconds> retry_after, bool opened,
                 Clock::time_point now) {
        std::uniform_real_distribution<double> factor(1.0, 1.1);
        auto pause = std::chrono::duration_cast<Clock::duration>(hold.breaker.next_pause() * factor(random_));
        if (retry_after) {
            // Believed the first time; not from one who says "soon" again and again.
            const Clock::duration asked =
                std::clamp(*retry_after, std::chrono::seconds(1), options_.longest_retry_after);
            pause = opened ? asked : std::max(pause, asked);
        }
        hold.until = now + pause;
    }

    CooldownOptions options_;
    std::array<Hold, kinds> holds_;
    Number begun_ = 0;
    Number since_ = 0;        // the last try that had begun when a hold began or was prolonged
    Number key_changed_ = 0;  // the last with the old key
    Random random_;
};

}  // namespace enrichd

// Which question is asked next, and when: the most suspicious first, within a limit an hour and a limit at
// once. While the upstream is away, limits us or refuses the key, one question now and then finds out whether
// it still does. Questions that failed take at most half of the connections.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <optional>
#include <string>

#include "asking/cooldown.hpp"
#include "asking/priority_queue.hpp"
#include "asking/quota.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"

namespace enrichd {

class PacedQueue {
  public:
    /// Who asks the questions.
    class Asker {
      public:
        Asker() = default;
        Asker(const Asker&) = delete;
        Asker& operator=(const Asker&) = delete;
        virtual ~Asker() = default;

        /// The question is next. Whether it has failed before; nothing when it needs not be asked any more,
        /// and is closed.
        virtual std::optional<bool> prepare(const std::string& key) = 0;

        /// Asks; an InFlight lives meanwhile.
        virtual void begin(std::string key) = 0;
    };

    PacedQueue(asio::io_context& io, Asker& asker, std::size_t per_hour, std::size_t at_once,
               const CooldownOptions& cooldown)
        : asker_(asker), at_once_(at_once), quota_(per_hour), cooldown_(cooldown), due_(io) {}
    PacedQueue(const PacedQueue&) = delete;
    PacedQueue& operator=(const PacedQueue&) = delete;

    /// What was asked in this hour stays asked.
    void configure(std::size_t per_hour, std::size_t at_once);

    /// The questions in their order, and why none of them is asked. Who changes them calls begin_due().
    PriorityQueue& order() { return order_; }
    Cooldown& cooldown() { return cooldown_; }
    const Cooldown& cooldown() const { return cooldown_; }

    /// By an operator: nothing is begun until that is taken back.
    void pause(bool yes);
    bool paused_by_operator() const { return paused_by_operator_; }

    /// What was asked in this hour stays asked. No more than `left` may be asked at once.
    void limit(std::size_t per_hour, std::size_t left) {
        quota_.configure(per_hour);
        quota_.limit(left, Clock::now());
    }
    /// Nothing is begun before that.
    void hold_until(Clock::time_point time) { held_until_ = time; }
    /// A question that was begun needs no request.
    void give_back() { quota_.give_back(); }

    /// A request went out unasked.
    void charge(std::size_t requests) { quota_.charge(requests, Clock::now()); }
    std::size_t quota_left() const { return Quota(quota_).left(Clock::now()); }

    /// Begins what may be asked now, and comes back when more may.
    void begin_due();

    void stop();

    /// One of the requests that may be on the wire at once. It was counted when it was begun.
    class InFlight {
      public:
        InFlight(PacedQueue& queue, bool has_failed) : queue_(queue), has_failed_(has_failed) {}
        InFlight(const InFlight&) = delete;
        InFlight& operator=(const InFlight&) = delete;
        ~InFlight() {
            --queue_.in_flight_;
            queue_.failed_in_flight_ -= has_failed_ ? 1 : 0;
            queue_.begin_due();
        }

      private:
        PacedQueue& queue_;
        const bool has_failed_;
    };

  private:
    bool may_begin(Clock::time_point now);
    bool begin_next(Clock::time_point now);
    void wake_when_due(Clock::time_point now);
    PriorityQueue::Which next_may_be() const;

    Asker& asker_;
    std::size_t at_once_;
    PriorityQueue order_;
    Quota quota_;
    Cooldown cooldown_;
    std::size_t in_flight_ = 0;
    std::size_t failed_in_flight_ = 0;
    Clock::time_point held_until_{};
    Timer due_;
    Clock::time_point due_at_{};  // when it comes, if it is set
    bool beginning_ = false;
    bool stopping_ = false;
    bool paused_by_operator_ = false;
};

}  // namespace enrichd

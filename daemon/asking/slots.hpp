// A concurrency limit that no kind of request can use up alone.
//
// Requests for names that were never asked for come before those that failed already, and both before those
// that no alert waits for. A quarter of the slots is kept for names that have just arrived, so that names
// which hang do not hold up the others; at most half are given to names that failed, and at most half to
// clients.
#pragma once

#include <boost/asio/io_context.hpp>

#include <array>
#include <chrono>
#include <list>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace enrichd {

class Slots {
  public:
    /// In the order in which they are served.
    enum class Kind : std::size_t { fresh, failed, client };

    struct Rank {
        Kind kind = Kind::fresh;
        Clock::time_point since{};  // when the name arrived
    };

    /// A name counts as just arrived for so long.
    static constexpr Clock::duration newcomer = std::chrono::seconds(2);

    /// `size` 0: no limit.
    Slots(asio::io_context& io, std::size_t size) : io_(io), size_(size) {}
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    /// Held while the request is in flight; gives the slot on when it is destroyed.
    class Slot {
      public:
        Slot() = default;
        Slot(Slots& slots, Kind kind) : slots_(&slots), kind_(kind) {}
        Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)), kind_(other.kind_) {}
        Slot& operator=(Slot&& other) noexcept {
            std::swap(slots_, other.slots_);
            std::swap(kind_, other.kind_);
            return *this;
        }
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
        ~Slot() {
            if (slots_) slots_->give_back(kind_);
        }

      private:
        Slots* slots_ = nullptr;
        Kind kind_ = Kind::fresh;
    };

    /// Waits for a slot. `rank` outlives the call, and counts as it is when a slot becomes free. Error:
    /// cancelled.
    task<result<Slot>> take(const Rank& rank);

    void resize(std::size_t size);

    /// The rank of one that waits has changed.
    void reconsider() { call_next(); }

    std::size_t waiting() const { return waiting_.size(); }
    std::size_t in_use() const { return in_use_; }

  private:
    struct Waiter {
        Waiter(asio::io_context& io, const Rank& of) : wake(io, Clock::time_point::max()), rank(of) {}
        Timer wake;
        const Rank& rank;
        bool called = false;
        Kind kind = Kind::fresh;  // as it was called
    };

    bool may_begin(const Rank& rank, Clock::time_point now) const;
    void begin(Kind kind);
    void give_back(Kind kind);
    void call_next();

    asio::io_context& io_;
    std::size_t size_;
    std::size_t in_use_ = 0;
    std::array<std::size_t, 3> of_kind_{};
    std::list<Waiter> waiting_;
};

}  // namespace enrichd

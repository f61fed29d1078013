// So many at a time, the others in the order in which they came.
#pragma once

#include <boost/asio/io_context.hpp>

#include <list>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace enrichd {

class Turns {
  public:
    Turns(asio::io_context& io, std::size_t at_a_time)
        : io_(io), free_(static_cast<long>(at_a_time)), size_(free_) {}
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;

    /// Held while it is one's turn; gives it on when it is destroyed.
    class Turn {
      public:
        Turn() = default;
        explicit Turn(Turns& turns) : turns_(&turns) {}
        Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
        Turn& operator=(Turn&& other) noexcept {
            std::swap(turns_, other.turns_);
            return *this;
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() {
            if (turns_) turns_->give_back();
        }

      private:
        Turns* turns_ = nullptr;
    };

    /// Waits for a turn. Error: cancelled.
    task<result<Turn>> take();

    void resize(std::size_t at_a_time);

    bool busy() const { return free_ <= 0; }
    std::size_t waiting() const { return waiting_.size(); }
    std::size_t in_use() const { return static_cast<std::size_t>(size_ - free_); }

  private:
    struct Waiter {
        explicit Waiter(asio::io_context& io) : wake(io, Timer::time_point::max()) {}
        Timer wake;
        bool called = false;
    };

    void give_back();
    void call_next();

    asio::io_context& io_;
    long free_;
    long size_;
    std::list<Waiter> waiting_;
};

}  // namespace enrichd

// A limited number at a time, the others in the order in which they came.
#pragma once

#include <boost/asio/io_context.hpp>

#include <list>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace enrichd {

class Semaphore {
  public:
    Semaphore(asio::io_context& io, std::size_t at_a_time)
        : io_(io), free_(static_cast<long>(at_a_time)), size_(free_) {}
    Semaphore(const Semaphore&) = delete;
    Semaphore& operator=(const Semaphore&) = delete;

    /// Held by one of those that go on; passed to the next when it is destroyed.
    class Permit {
      public:
        Permit() = default;
        explicit Permit(Semaphore& semaphore) : semaphore_(&semaphore) {}
        Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
        Permit& operator=(Permit&& other) noexcept {
            std::swap(semaphore_, other.semaphore_);
            return *this;
        }
        Permit(const Permit&) = delete;
        Permit& operator=(const Permit&) = delete;
        ~Permit() {
            if (semaphore_) semaphore_->give_back();
        }

      private:
        Semaphore* semaphore_ = nullptr;
    };

    /// Waits for a permit. Error: cancelled.
    task<result<Permit>> take();

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

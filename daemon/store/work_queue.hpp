// What the loop asks of the state file, in the order in which it was asked.
#pragma once

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/state_file.hpp"

namespace enrichd {

/// Of a work that somebody waits for. The loop's.
struct Completion {
    explicit Completion(boost::asio::io_context& io) : ready(io, Clock::time_point::max()) {}
    Timer ready;
    error failure;
    bool came = false;
};

struct WorkItem {
    std::function<void(StateFile&)> work;    // runs on the store's thread
    std::shared_ptr<Completion> completion;  // null: to be done surely
};
using WorkItems = std::deque<WorkItem>;

/// Between the loop, which adds, and the store's thread, which takes.
class WorkQueue {
  public:
    struct Taken {
        WorkItems items;
        bool closing;
    };

    void add(WorkItem item) {
        const std::lock_guard lock(guard_);
        items_.push_back(std::move(item));
    }
    void close() {
        const std::lock_guard lock(guard_);
        closing_ = true;
    }
    bool closing() const {
        const std::lock_guard lock(guard_);
        return closing_;
    }

    /// Up to `most`; all when it is being closed.
    Taken take(std::size_t most) {
        const std::lock_guard lock(guard_);
        const auto end =
            items_.begin() + static_cast<long>(closing_ ? items_.size() : std::min(items_.size(), most));
        Taken taken{{std::make_move_iterator(items_.begin()), std::make_move_iterator(end)}, closing_};
        items_.erase(items_.begin(), end);
        return taken;
    }

    /// In front of all others, in their order.
    void put_back(WorkItems items) {
        const std::lock_guard lock(guard_);
        items_.insert(items_.begin(), std::make_move_iterator(items.begin()),
                      std::make_move_iterator(items.end()));
    }

  private:
    mutable std::mutex guard_;
    WorkItems items_;
    bool closing_ = false;
};

}  // namespace enrichd

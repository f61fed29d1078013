// Which lines that were handed over are not safe yet. From the first of them on the file may have to be read
// again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "pipeline/ack.hpp"

namespace enrichd {

class UnsafeLines {
  public:
    /// `changed` is called when a line is settled, as long as this lives.
    explicit UnsafeLines(std::function<void()> changed) : lines_(std::make_shared<Lines>()) {
        lines_->changed = std::move(changed);
    }
    ~UnsafeLines() { lines_->changed = nullptr; }
    UnsafeLines(const UnsafeLines&) = delete;
    UnsafeLines& operator=(const UnsafeLines&) = delete;

    /// A line that begins at `start` waits to become safe. Lines are added in their order.
    std::unique_ptr<Receiver> add(std::uint64_t start);

    /// One cannot become safe now: it has to be read again.
    void refuse(std::uint64_t start);

    /// Not settled yet.
    std::size_t in_flight() const { return lines_->in_flight; }

    /// Where the first begins that is not safe, settled or not.
    std::optional<std::uint64_t> first() const;

    /// At least one was refused.
    bool refused() const { return lines_->refused; }

    /// Before the file is read again from first(): nothing may be in flight.
    void forget_refused();

  private:
    struct Lines {
        std::deque<std::pair<std::uint64_t, bool>>
            all;                    // where it begins, and whether it is safe; the first is not
        std::uint64_t removed = 0;  // from the front
        std::size_t in_flight = 0;
        bool refused = false;
        std::function<void()> changed;

        void settle(std::uint64_t place, bool safe);
    };
    class Waiting;

    std::shared_ptr<Lines> lines_;  // alerts outlive the file that they came from
};

}  // namespace enrichd

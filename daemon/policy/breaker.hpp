// Whether an upstream is worth asking. Closed: ask. Open: it is away, only a probe is sent now and then.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/units.hpp"

namespace enrichd {

struct BreakerOptions {
    unsigned failures = 3;  // so many in a row open it
    Clock::duration first_pause = std::chrono::milliseconds(500);
    Clock::duration longest_pause = std::chrono::seconds(5);
};

class Breaker {
  public:
    explicit Breaker(const BreakerOptions& options) : options_(options), pause_(options.first_pause) {}

    bool open() const { return open_; }

    void succeeded() {
        open_ = false;
        in_a_row_ = 0;
        pause_ = options_.first_pause;
    }

    /// `certain`: nobody listens there, which needs no second witness. True when this failure opened the
    /// breaker.
    bool failed(bool certain) {
        ++in_a_row_;
        const bool opens = !open_ && (certain || in_a_row_ >= options_.failures);
        open_ = open_ || opens;
        return opens;
    }

    /// How long to wait before the next probe; twice as long each time.
    Clock::duration next_pause() {
        return std::exchange(pause_, std::min(pause_ * 2, options_.longest_pause));
    }

  private:
    BreakerOptions options_;
    bool open_ = false;
    unsigned in_a_row_ = 0;
    Clock::duration pause_;
};

}  // namespace enrichd

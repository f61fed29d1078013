// Whether an upstream is worth asking. Closed: ask. Open: it is away, only a probe is sent now and then.
//
// One name is not enough to open it: a name may be what an upstream fails for.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace enrichd {

struct BreakerOptions {
    unsigned failures = 3;  // of so many different names, without an answer in between, open it
    Clock::duration first_pause = std::chrono::milliseconds(500);
    Clock::duration longest_pause = std::chrono::seconds(5);
};

class Breaker {
  public:
    explicit Breaker(const BreakerOptions& options) : options_(options), pause_(options.first_pause) {}

    bool open() const { return open_; }

    void succeeded() {
        open_ = false;
        failing_.clear();
        pause_ = options_.first_pause;
    }

    /// The question was about `name`. `certain`: true of all names, as when nobody listens there. True when
    /// this failure opened the breaker.
    bool failed(bool certain, std::string_view name) {
        const std::size_t hash = std::hash<std::string_view>()(name);
        const bool another = std::find(failing_.begin(), failing_.end(), hash) == failing_.end();
        if (another && failing_.size() < options_.failures) failing_.push_back(hash);
        const bool opens = !open_ && (certain || failing_.size() >= options_.failures);
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
    std::vector<std::size_t> failing_;  // hashes of the names that failed since the last answer
    Clock::duration pause_;
};

}  // namespace enrichd

// How long to wait before the next try of one question.
#pragma once

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace enrichd {

struct BackoffOptions {
    Clock::duration first = std::chrono::milliseconds(500);
    Clock::duration longest = std::chrono::minutes(2);
};

/// Doubles, spread by a quarter either way so that those who failed together do not return together.
class Backoff {
  public:
    Backoff(const BackoffOptions& options, Random& random)
        : options_(options), random_(random), next_(options.first) {}

    Clock::duration next() {
        std::uniform_real_distribution<double> factor(0.75, 1.25);
        const auto whole = std::exchange(next_, std::min(next_ * 2, options_.longest));
        return std::chrono::duration_cast<Clock::duration>(whole * factor(random_));
    }

  private:
    BackoffOptions options_;
    Random& random_;
    Clock::duration next_;
};

}  // namespace enrichd

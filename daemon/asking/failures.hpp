// What the failures of one question say, beside the answers of the same upstream to others.
#pragma once

#include <cstdint>
#include <optional>

#include "asking/failure.hpp"
#include "base/clock.hpp"

namespace enrichd {

/// The answers of an upstream, of any kind, and when the last came.
class Answers {
  public:
    /// `window`: for how long an answer speaks for the upstream. Zero where any failure is trouble.
    explicit Answers(Clock::duration window = answered_lately) : window_(window) {}

    void note() { ++count_; }
    void note_verdict(Clock::time_point now) { last_verdict_ = now; }
    void forget_verdicts() { last_verdict_.reset(); }

    std::uint64_t count() const { return count_; }

    /// A server that has answered lately is not in trouble because it fails for one name.
    bool lately(Clock::time_point now) const { return last_verdict_ && now < *last_verdict_ + window_; }

  private:
    Clock::duration window_;
    std::uint64_t count_ = 0;
    std::optional<Clock::time_point> last_verdict_;
};

/// The failures of one question that are its own. An outage is no question's fault: a failure counts when the
/// upstream has answered something since the last one.
class OwnFailures {
  public:
    void add(const Answers& answers) {
        if (count_ == 0 || answers_then_ != answers.count()) ++count_;
        answers_then_ = answers.count();
    }
    void clear() { count_ = 0; }
    unsigned count() const { return count_; }

  private:
    unsigned count_ = 0;
    std::uint64_t answers_then_ = 0;
};

}  // namespace enrichd

// Reputation: which question is begun next, and when.
#include <algorithm>
#include <utility>

#include "stages/otx/reputation.hpp"

namespace enrichd {

bool Reputation::may_begin(Clock::time_point now) {
    if (stopping_ || in_flight_ >= options_.at_once) return false;
    if (hold_back_.holds() && (now < *hold_back_.until() || in_flight_ > 0)) return false;
    return quota_.next(now) <= now;
}

void Reputation::pump() {
    if (std::exchange(pumping_, true)) return;  // a try that ends at once comes back here
    const Clock::time_point now = now_();
    while (may_begin(now) && begin_next(now)) {
    }
    pumping_ = false;
    wake_when_due(now);
}

/// Names that failed leave half of the connections to others.
Line::Which Reputation::next_may_be() const {
    const std::size_t share = std::max<std::size_t>(1, options_.at_once / 2);
    return suspects_in_flight_ >= share ? Line::Which::without_failed : Line::Which::all;
}

/// Begins the first in line. False when nobody may be asked now.
bool Reputation::begin_next(Clock::time_point now) {
    auto key = hold_back_.holds() ? line_.take_newest(now) : line_.take(now, next_may_be());
    if (!key) return false;
    Question& question = questions_.at(*key);
    if (question.waiting.empty()) {  // all of them have given up
        settle(*key, errc::deadline);
        return true;
    }
    if (question.expires <= now) {
        give_up(*key, "too_late", question.last_failure ? question.last_failure : error(errc::deadline));
        return true;
    }
    quota_.take(now);
    question.on_wire = true;
    ++in_flight_;
    suspects_in_flight_ += question.suspect ? 1 : 0;
    tasks_.spawn("otx question", try_once(*std::move(key)));
    return true;
}

void Reputation::wake_when_due(Clock::time_point now) {
    // The end of a try comes back here by itself.
    if (stopping_ || in_flight_ >= options_.at_once || (hold_back_.holds() && in_flight_ > 0)) return;
    const auto first = line_.next(now, next_may_be());
    if (!first) return;
    const Clock::time_point at = std::max({*first, quota_.next(now), hold_back_.until().value_or(now)});
    if (at == due_at_) return;
    due_at_ = at;
    due_.expires_after(at - now);
    due_.async_wait([this](const boost::system::error_code& ec) {
        if (ec) return;
        due_at_ = {};
        pump();
    });
}

}  // namespace enrichd

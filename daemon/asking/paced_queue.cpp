#include "asking/paced_queue.hpp"

#include <algorithm>
#include <utility>

namespace enrichd {

void PacedQueue::configure(std::size_t per_hour, std::size_t at_once) {
    quota_.configure(per_hour);
    at_once_ = at_once;
}

bool PacedQueue::may_begin(Clock::time_point now) {
    if (stopping_ || paused_by_operator_ || in_flight_ >= at_once_) return false;
    if (cooldown_.holds() && (now < *cooldown_.until() || in_flight_ > 0)) return false;
    return quota_.next(now) <= now && held_until_ <= now;
}

void PacedQueue::begin_due() {
    if (std::exchange(beginning_, true)) return;  // a try that ends at once comes back here
    const Clock::time_point now = Clock::now();
    while (may_begin(now) && begin_next(now)) {
    }
    beginning_ = false;
    wake_when_due(now);
}

/// Questions that failed leave half of the connections to others.
PriorityQueue::Which PacedQueue::next_may_be() const {
    const std::size_t share = std::max<std::size_t>(1, at_once_ / 2);
    return failed_in_flight_ >= share ? PriorityQueue::Which::without_failed : PriorityQueue::Which::all;
}

/// False when none may be asked now.
bool PacedQueue::begin_next(Clock::time_point now) {
    auto key = cooldown_.holds() ? order_.take_newest(now) : order_.take(now, next_may_be());
    if (!key) return false;
    const auto failed = asker_.prepare(*key);
    if (!failed) return true;
    quota_.take(now);
    ++in_flight_;
    failed_in_flight_ += *failed ? 1 : 0;
    asker_.begin(*std::move(key));
    return true;
}

void PacedQueue::wake_when_due(Clock::time_point now) {
    // The end of a try comes back here by itself.
    if (stopping_ || paused_by_operator_ || in_flight_ >= at_once_ || (cooldown_.holds() && in_flight_ > 0))
        return;
    const auto first = order_.next(now, next_may_be());
    if (!first) return;
    const Clock::time_point at =
        std::max({*first, quota_.next(now), held_until_, cooldown_.until().value_or(now)});
    if (at == due_at_) return;
    due_at_ = at;
    due_.expires_at(at);
    due_.async_wait([this](const boost::system::error_code& ec) {
        if (ec) return;
        due_at_ = {};
        begin_due();
    });
}

void PacedQueue::pause(bool yes) {
    paused_by_operator_ = yes;
    begin_due();
}

void PacedQueue::stop() {
    stopping_ = true;
    due_.cancel();
}

}  // namespace enrichd

#include "asking/slots.hpp"

#include <algorithm>

namespace enrichd {

task<result<Slots::Slot>> Slots::take(const Rank& rank) {
    if (may_begin(rank, Clock::now())) {
        const Kind kind = rank.kind;
        begin(kind);
        co_return Slot(*this, kind);
    }
    const auto self = waiting_.emplace(waiting_.end(), io_, rank);
    co_await self->wake.async_wait(nothrow);
    const bool called = self->called;
    const Kind kind = self->kind;
    waiting_.erase(self);
    if (!called) co_return errc::cancelled;
    co_return Slot(*this, kind);
}

void Slots::resize(std::size_t size) {
    size_ = size;
    call_next();
}

bool Slots::may_begin(const Rank& rank, Clock::time_point now) const {
    if (size_ == 0) return true;
    if (in_use_ >= size_) return false;
    const bool just_arrived = rank.kind == Kind::fresh && now < rank.since + newcomer;
    if (just_arrived) return true;
    const std::size_t kept = size_ == 1 ? 0 : std::max<std::size_t>(1, size_ / 4);
    if (in_use_ >= size_ - kept) return false;
    const std::size_t share = std::max<std::size_t>(1, size_ / 2);
    return rank.kind == Kind::fresh || of_kind_[static_cast<std::size_t>(rank.kind)] < share;
}

void Slots::begin(Kind kind) {
    ++in_use_;
    ++of_kind_[static_cast<std::size_t>(kind)];
}

void Slots::give_back(Kind kind) {
    --in_use_;
    --of_kind_[static_cast<std::size_t>(kind)];
    call_next();
}

/// Among equals the one that came first. The list is as long as questions wait: a thousand or two.
void Slots::call_next() {
    const Clock::time_point now = Clock::now();
    for (;;) {
        auto next = waiting_.end();
        for (auto waiter = waiting_.begin(); waiter != waiting_.end(); ++waiter) {
            if (waiter->called || !may_begin(waiter->rank, now)) continue;
            if (next == waiting_.end() || waiter->rank.kind < next->rank.kind) next = waiter;
            if (next->rank.kind == Kind::fresh) break;
        }
        if (next == waiting_.end()) return;
        next->called = true;
        next->kind = next->rank.kind;
        begin(next->kind);
        next->wake.cancel();
    }
}

}  // namespace enrichd

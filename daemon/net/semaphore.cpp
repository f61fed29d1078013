#include "net/semaphore.hpp"

namespace enrichd {

task<result<Semaphore::Permit>> Semaphore::take() {
    if (free_ > 0 && waiting_.empty()) {
        --free_;
        co_return Permit(*this);
    }
    const auto self = waiting_.emplace(waiting_.end(), io_);
    co_await self->wake.async_wait(nothrow);
    const bool called = self->called;
    waiting_.erase(self);
    if (!called) co_return errc::cancelled;
    co_return Permit(*this);
}

void Semaphore::resize(std::size_t at_a_time) {
    free_ += static_cast<long>(at_a_time) - size_;
    size_ = static_cast<long>(at_a_time);
    call_next();
}

void Semaphore::give_back() {
    ++free_;
    call_next();
}

void Semaphore::call_next() {
    for (auto waiter = waiting_.begin(); waiter != waiting_.end() && free_ > 0; ++waiter) {
        if (waiter->called) continue;
        waiter->called = true;
        --free_;
        waiter->wake.cancel();
    }
}

}  // namespace enrichd

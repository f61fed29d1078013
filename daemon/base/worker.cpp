#include "base/worker.hpp"

#include <stdexcept>
#include <utility>

namespace enrichd {

SimulatedThreads::SimulatedThreads() {
    if (current_) throw std::logic_error("threads are simulated already");
    current_ = this;
}

SimulatedThreads::~SimulatedThreads() {
    current_ = nullptr;
}

ThreadWorker::ThreadWorker(Job job) : job_(std::move(job)) {
    thread_ = std::thread([this] { run(); });
}

void ThreadWorker::run() {
    const auto woken = [this] { return woken_; };
    std::unique_lock lock(guard_);
    for (;;) {
        woken_ = false;
        busy_since_ = Clock::now();
        lock.unlock();
        const Next next = job_();
        lock.lock();
        busy_since_.reset();
        lock.unlock();
        if (next.then) next.then();
        lock.lock();
        if (next.ended) break;
        if (!next.at)
            wake_.wait(lock, woken);
        else if (Clock::now() < *next.at)  // else there is nothing to ask the kernel for
            wake_.wait_until(lock, *next.at, woken);
    }
    ended_ = true;
    end_.notify_all();
}

void ThreadWorker::wake() {
    {
        const std::lock_guard lock(guard_);
        woken_ = true;
    }
    wake_.notify_one();
}

bool ThreadWorker::join(std::optional<Clock::duration> limit) {
    if (!thread_.joinable()) return true;
    std::unique_lock lock(guard_);
    const auto ended = [this] { return ended_; };
    if (limit && !end_.wait_for(lock, *limit, ended)) return false;
    lock.unlock();
    thread_.join();
    return true;
}

Clock::duration ThreadWorker::busy_for() const {
    const std::lock_guard lock(guard_);
    return busy_since_ ? Clock::now() - *busy_since_ : Clock::duration::zero();
}

}  // namespace enrichd

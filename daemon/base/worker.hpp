// What blocks, off the loop: one job, done again and again on a thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.hpp"

namespace enrichd {

/// Does its job once at the start, and then whenever it is woken or a time has come that the job gave.
class Worker {
  public:
    struct Next {
        std::optional<Clock::time_point> at{};  // nothing: when it is woken
        bool ended = false;                     // the job is not called again
        std::function<void()> then{};           // called once the worker is not busy any more
    };
    using Job = std::function<Next()>;

    Worker() = default;
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    virtual ~Worker() = default;

    /// There may be something to do. From any thread; one that comes during the job is not lost.
    virtual void wake() = 0;

    /// Waits for a job that has ended or will, so long at most. False when it is not at its end: then this
    /// must not be destroyed.
    virtual bool join(std::optional<Clock::duration> limit) = 0;

    /// How long the job has been at what it does now.
    virtual Clock::duration busy_for() const = 0;
};

/// Makes the worker of a job. A test gives one that runs it when the test says.
using MakeWorker = std::function<std::unique_ptr<Worker>(Worker::Job)>;

/// In place of all threads for as long as this lives: a simulation, which says when each goes on. One at a
/// time.
class SimulatedThreads {
  public:
    SimulatedThreads();
    SimulatedThreads(const SimulatedThreads&) = delete;
    SimulatedThreads& operator=(const SimulatedThreads&) = delete;
    virtual ~SimulatedThreads();

    virtual std::unique_ptr<Worker> worker(Worker::Job job) = 0;

    /// A thread that does this and ends.
    virtual void begin(std::function<void()> call) = 0;

    /// The one that lives, or null.
    static SimulatedThreads* current() { return current_; }

  private:
    static inline constinit SimulatedThreads* current_ = nullptr;
};

class ThreadWorker final : public Worker {
  public:
    /// Throws std::system_error when no thread is to be had.
    explicit ThreadWorker(Job job);

    void wake() override;
    bool join(std::optional<Clock::duration> limit) override;
    Clock::duration busy_for() const override;

    static std::unique_ptr<Worker> make(Job job) {
        if (auto* simulated = SimulatedThreads::current()) return simulated->worker(std::move(job));
        return std::make_unique<ThreadWorker>(std::move(job));
    }

  private:
    void run();

    Job job_;                   // the thread's
    mutable std::mutex guard_;  // of those below
    bool woken_ = false;
    bool ended_ = false;
    std::optional<Clock::time_point> busy_since_;
    std::condition_variable wake_;
    std::condition_variable end_;
    std::thread thread_;
};

}  // namespace enrichd

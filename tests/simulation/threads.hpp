// Threads that go on when the simulation says so: each time one that could go on is chosen, by chance.
#pragma once

#include <algorithm>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/worker.hpp"
#include "simulation/chance.hpp"

namespace enrichd::test::simulation {

class Threads final : public SimulatedThreads {
  public:
    explicit Threads(Chance& chance) : chance_(chance) {}

    std::unique_ptr<Worker> worker(Worker::Job job) override {
        return std::make_unique<Simulated>(*this, std::move(job));
    }
    void begin(std::function<void()> call) override {
        calls_.push_back({Clock::now() + delay(), std::move(call)});
    }

    /// How long what a thread does takes: up to this.
    void take(Clock::duration most) { most_ = most; }

    /// Nothing goes on while it hangs.
    void hang(bool on) { hangs_ = on; }
    /// Whoever has to end a thread could not, now or a moment ago.
    bool kept_from_ending() const { return hangs_ || kept_; }

    /// Lets one go on that can. False when none can now.
    bool go_on() {
        if (hangs_) return false;
        std::vector<std::function<void()>> ready;
        for (Simulated* worker : workers_)
            if (worker->due() <= Clock::now()) ready.emplace_back([worker] { worker->go_on(); });
        for (auto call = calls_.begin(); call != calls_.end(); ++call)
            if (call->due <= Clock::now()) ready.emplace_back([this, call] { finish(call); });
        if (ready.empty()) return false;
        ready[chance_.below(ready.size())]();
        return true;
    }

    Clock::time_point next() const {
        Clock::time_point first = Clock::time_point::max();
        if (hangs_) return first;
        for (const Simulated* worker : workers_) first = std::min(first, worker->due());
        for (const Call& call : calls_) first = std::min(first, call.due);
        return first;
    }

    /// Of a process that has exited: its threads end with it.
    void forget_calls() { calls_.clear(); }

  private:
    struct Call {
        Clock::time_point due;
        std::function<void()> call;
    };

    class Simulated final : public Worker {
      public:
        Simulated(Threads& all, Job job)
            : all_(all), job_(std::move(job)), begins_(Clock::now()), due_(Clock::now() + all.delay()) {
            all_.workers_.push_back(this);
        }
        ~Simulated() override { std::erase(all_.workers_, this); }

        void wake() override {
            woken_ = true;
            if (!working_ && !ended_) begin(Clock::now());
        }
        bool join(std::optional<Clock::duration> limit) override {
            all_.kept_ = all_.hangs_ && limit;
            if (all_.kept_) return false;
            while (!ended_) go_on();
            return true;
        }
        Clock::duration busy_for() const override {
            if (ended_ || begins_ == Clock::time_point::max()) return {};
            return std::max(Clock::now() - begins_, Clock::duration::zero());
        }
        Clock::time_point due() const { return due_; }

        void go_on() {
            woken_ = false;
            working_ = true;
            const Next next = job_();
            working_ = false;
            begins_ = due_ = Clock::time_point::max();
            ended_ = next.ended;
            if (next.then) next.then();
            if (ended_) return;
            if (woken_)
                begin(Clock::now());
            else if (next.at)
                begin(std::max(*next.at, Clock::now()));
        }

      private:
        void begin(Clock::time_point at) {
            if (due_ != Clock::time_point::max() && begins_ <= at) return;
            begins_ = at;
            due_ = at + all_.delay();
        }

        Threads& all_;
        Job job_;
        Clock::time_point begins_;
        Clock::time_point due_;
        bool woken_ = false;
        bool working_ = false;
        bool ended_ = false;
    };

    Clock::duration delay() {
        if (most_ == Clock::duration::zero()) return most_;
        return Clock::duration(
            static_cast<Clock::rep>(chance_.below(static_cast<std::uint64_t>(most_.count()))));
    }
    void finish(std::list<Call>::iterator call) {
        const auto does = std::move(call->call);
        calls_.erase(call);
        does();
    }

    Chance& chance_;
    std::vector<Simulated*> workers_;
    std::list<Call> calls_;
    Clock::duration most_ = std::chrono::milliseconds(2);
    bool hangs_ = false;
    bool kept_ = false;  // the last join
};

}  // namespace enrichd::test::simulation

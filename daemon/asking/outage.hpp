// Whether an upstream is there. While it is away nothing is asked of it but a probe now and then.
#pragma once

#include <optional>
#include <string_view>

#include "asking/breaker.hpp"
#include "asking/failures.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "net/tasks.hpp"

namespace enrichd {

class Outage {
  public:
    /// Who asks the upstream.
    class Asker {
      public:
        Asker() = default;
        Asker(const Asker&) = delete;
        Asker& operator=(const Asker&) = delete;
        virtual ~Asker() = default;

        virtual task<result<void>> probe() = 0;
        /// Once an outage.
        virtual void went_away(const error& failure) = 0;
        /// With each probe that fails.
        virtual void still_away(const error& failure) = 0;
        virtual void is_back() = 0;
        /// Questions may be asked again: also when some had failed and it was never away.
        virtual void go_on() = 0;
    };

    /// `name`: of its task, lives for ever. `lately`: see Answers.
    Outage(std::string_view name, Tasks& tasks, Asker& asker, const BreakerOptions& breaker,
           Clock::duration lately)
        : name_(name), tasks_(tasks), asker_(asker), breaker_(breaker), answers_(lately) {}

    /// No question is to be asked until Asker::go_on().
    bool pauses() const { return breaker_.open() || paused_by_operator_; }

    /// By an operator: nothing is asked until that is taken back, no probe either.
    void pause(bool yes);
    bool paused_by_operator() const { return paused_by_operator_; }

    /// By an operator: a probe that waits for its time is sent now.
    void probe_now();

    /// How long until a probe is sent; nothing when none waits, or an operator pauses the upstream.
    std::optional<Clock::duration> next_probe() const {
        if (!until_probe_ || paused_by_operator_) return std::nullopt;
        return until_probe_->expiry() - Clock::now();
    }

    /// A probe has failed too, or nobody listens.
    bool away() const { return away_; }

    /// What is wrong with the upstream, or nothing: not what it fails of for one name while it answers
    /// others. Cleared by the next answer.
    const std::optional<error>& trouble() const { return trouble_; }
    const Answers& answers() const { return answers_; }

    /// It has answered a question as it should.
    void verdict();

    /// It has answered, in whatever way: it is there.
    void answered();

    /// A question about `name` failed.
    void failed(const error& failure, std::string_view name);

    /// Another upstream is asked from now on.
    void forget_verdicts() { answers_.forget_verdicts(); }

    /// Finds out whether it is there before the first question: probes until one is answered, or a question
    /// has found out.
    task<void> look();

    void stop() { stopping_ = true; }

  private:
    void go_away(const error& failure);
    task<bool> wait_for_probe(Clock::duration pause);
    task<void> probe_until_back(bool at_once);

    const std::string_view name_;
    Tasks& tasks_;
    Asker& asker_;
    Breaker breaker_;
    Answers answers_;
    std::optional<error> trouble_;
    bool probing_ = false;
    bool away_ = false;
    bool stopping_ = false;
    bool paused_by_operator_ = false;
    Timer* until_probe_ = nullptr;  // of the probe that waits for its time
};

}  // namespace enrichd

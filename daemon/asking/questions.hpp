// The questions to an upstream that are open. However many alerts wait for an answer, it is asked for once,
// and who waits for a name that may not be looked up any more hears so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "asking/failures.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/tally.hpp"
#include "model/gate.hpp"
#include "model/host_name.hpp"

namespace enrichd {

struct AskingCounts {
    Tally requests;            // tries by outcome
    Histogram duration;        // of a try, waiting for a connection included
    std::uint64_t joined = 0;  // waits for a question that somebody else had begun
};

/// `Answer`: what who waits is told, if not an error. `Who`: what is known of who waits. `Policy`: what is
/// kept of a question by who decides when it is tried.
template <class Answer, class Who, class Policy>
class Questions {
  public:
    class Waiter;

    struct Question : Policy {
        Question(std::string of, Policy policy) : Policy(std::move(policy)), key(std::move(of)) {}

        const std::string key;
        std::list<Waiter*> waiting;  // in order of arrival
        OwnFailures own_failures;
        error last_failure;
        bool under_way = false;  // a coroutine asks it: it stays, though nobody waits
    };
    /// A question that is closed may be on the wire still.
    using Ptr = std::shared_ptr<Question>;

    Questions() = default;
    Questions(const Questions&) = delete;
    Questions& operator=(const Questions&) = delete;

    Ptr find(const std::string& key) const {
        const auto found = open_.find(key);
        return found == open_.end() ? nullptr : found->second;
    }

    Ptr open(const std::string& key, Policy policy) {
        return open_[key] = std::make_shared<Question>(key, std::move(policy));
    }

    bool is_open(const Question& question) const { return find(question.key).get() == &question; }

    /// It must not be used by its key any more. Who waits for it goes on waiting: see settle().
    void close(const Question& question) {
        if (is_open(question)) open_.erase(question.key);
    }

    /// Closes it; all who wait hear the same.
    void settle(const Ptr& question, const result<Answer>& outcome) {
        close(*question);
        while (!question->waiting.empty()) question->waiting.front()->tell(outcome);
    }

    std::vector<Ptr> all() const {
        std::vector<Ptr> out;
        out.reserve(open_.size());
        for (const auto& [key, question] : open_) out.push_back(question);
        return out;
    }

    /// What may be asked from now on. The questions that nobody waits for since, and nobody asks.
    std::vector<Ptr> filter(const GateOptions& gate) {
        std::vector<Ptr> left;
        if (gate == gate_) return left;
        gate_ = gate;
        for (const Ptr& question : all())
            if (tell_filtered(*question) && question->waiting.empty() && !question->under_way)
                left.push_back(question);
        return left;
    }

    /// True when somebody waited for a name that may not be looked up any more.
    bool tell_filtered(Question& question) {
        bool found = false;
        for (auto at = question.waiting.begin(); at != question.waiting.end();) {
            Waiter* const waiter = *at++;  // it goes when it is told
            if (!refusal_of(waiter->name)) continue;
            waiter->tell(errc::filtered);
            found = true;
        }
        return found;
    }

    /// `filtered`, or no error. To be asked again right before a name goes on the wire.
    error refusal_of(const HostName& name) const {
        return refusal(name, gate_) ? make_error_code(errc::filtered) : error();
    }

    /// Another upstream is asked from now on: what the old one says to a question that is under way does not
    /// count, nor what it failed of.
    void upstream_changed() {
        ++generation_;
        for (const auto& [key, question] : open_) question->own_failures.clear();
    }
    std::uint64_t generation() const { return generation_; }

    void stop() { stopping_ = true; }
    bool stopping() const { return stopping_; }

    std::size_t size() const { return open_.size(); }
    std::size_t waiting() const { return waiting_; }

  private:
    std::unordered_map<std::string, Ptr> open_;
    GateOptions gate_;
    std::size_t waiting_ = 0;
    std::uint64_t generation_ = 0;
    bool stopping_ = false;
};

/// One who waits, for as long as this lives.
template <class Answer, class Who, class Policy>
class Questions<Answer, Who, Policy>::Waiter {
  public:
    /// `wake` is cancelled when there is an answer. All of them outlive this.
    Waiter(Questions& questions, const HostName& name, Timer& wake, Who who)
        : name(name), who(std::move(who)), questions_(questions), wake_(wake) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { leave(); }

    void join(Ptr question) {
        question_ = std::move(question);
        place_ = question_->waiting.insert(question_->waiting.end(), this);
        ++questions_.waiting_;
    }
    void leave() {
        if (!question_) return;
        --questions_.waiting_;
        question_->waiting.erase(place_);
        question_.reset();
    }
    void tell(const result<Answer>& what) {
        leave();
        answer.emplace(what);
        wake_.cancel();
    }

    const HostName& name;
    Who who;
    std::optional<result<Answer>> answer;

  private:
    Questions& questions_;
    Timer& wake_;
    Ptr question_;
    typename std::list<Waiter*>::iterator place_;
};

}  // namespace enrichd

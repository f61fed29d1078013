// The open questions to an upstream. All alerts that wait for the same answer share one question. When the
// filter changes, the waiters of a name that is filtered now get `filtered`.
#pragma once

#include <algorithm>
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
#include "asking/open_question.hpp"
#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/result.hpp"
#include "model/gate.hpp"
#include "model/host_name.hpp"

namespace enrichd {

struct AskingCounts {
    Counters requests;         // tries by outcome
    Histogram duration;        // of a try, waiting for a connection included
    std::uint64_t joined = 0;  // waits for a question that somebody else had begun
};

/// `Answer`: the value that a waiter gets, if it is no error. `Context`: what is known of a waiter. `Policy`:
/// what is kept of a question for the decision when it is tried.
template <class Answer, class Context, class Policy>
class Questions {
  public:
    class Waiter;

    struct Question : Policy {
        Question(std::string of, Policy policy) : Policy(std::move(policy)), key(std::move(of)) {}

        const std::string key;
        const Clock::time_point since = Clock::now();
        std::list<Waiter*> waiting;  // in order of arrival
        OwnFailures own_failures;
        error last_failure;
        bool under_way = false;  // a coroutine asks it: it stays open without a waiter
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

    /// It cannot be found by its key any more. Its waiters go on waiting: see settle().
    void close(const Question& question) {
        if (is_open(question)) open_.erase(question.key);
    }

    /// Closes it. All waiters get the same.
    void settle(const Ptr& question, const result<Answer>& outcome) {
        close(*question);
        while (!question->waiting.empty()) question->waiting.front()->resolve(outcome);
    }

    std::vector<Ptr> all() const {
        std::vector<Ptr> out;
        out.reserve(open_.size());
        for (const auto& [key, question] : open_) out.push_back(question);
        return out;
    }

    /// At most `most`, those that are open for longest first.
    std::vector<OpenQuestion> oldest(std::size_t most) const {
        std::vector<Ptr> open = all();
        const auto end = open.begin() + static_cast<std::ptrdiff_t>(std::min(most, open.size()));
        std::partial_sort(open.begin(), end, open.end(),
                          [](const Ptr& a, const Ptr& b) { return a->since < b->since; });
        std::vector<OpenQuestion> out;
        for (auto one = open.begin(); one != end; ++one)
            out.push_back(
                {(*one)->key, (*one)->waiting.size(), Clock::now() - (*one)->since, (*one)->last_failure});
        return out;
    }

    /// What may be asked from now on. The questions that nobody waits for since, and nobody asks.
    std::vector<Ptr> filter(const GateOptions& gate) {
        std::vector<Ptr> left;
        if (gate == gate_) return left;
        gate_ = gate;
        for (const Ptr& question : all())
            if (resolve_filtered(*question) && question->waiting.empty() && !question->under_way)
                left.push_back(question);
        return left;
    }

    /// True when there was a waiter of a name that is filtered now.
    bool resolve_filtered(Question& question) {
        bool found = false;
        for (auto at = question.waiting.begin(); at != question.waiting.end();) {
            Waiter* const waiter = *at++;  // it leaves the list
            if (!refusal_of(waiter->name)) continue;
            waiter->resolve(errc::filtered);
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
    std::size_t waiting() const { return waiting_; }  // without an answer

  private:
    std::unordered_map<std::string, Ptr> open_;
    GateOptions gate_;
    std::size_t waiting_ = 0;
    std::uint64_t generation_ = 0;
    bool stopping_ = false;
};

/// Waits for an answer for as long as this lives.
template <class Answer, class Context, class Policy>
class Questions<Answer, Context, Policy>::Waiter {
  public:
    /// `wake` is cancelled when there is an answer. All of them outlive this.
    Waiter(Questions& questions, const HostName& name, Timer& wake, Context context)
        : name(name), context(std::move(context)), questions_(questions), wake_(wake) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { leave(); }

    void join(Ptr question) {
        question_ = std::move(question);
        position_ = question_->waiting.insert(question_->waiting.end(), this);
        ++questions_.waiting_;
    }
    void leave() {
        if (!question_) return;
        --questions_.waiting_;
        question_->waiting.erase(position_);
        question_.reset();
    }
    void resolve(const result<Answer>& what) {
        leave();
        answer.emplace(what);
        wake_.cancel();
    }

    const HostName& name;
    Context context;
    std::optional<result<Answer>> answer;

  private:
    Questions& questions_;
    Timer& wake_;
    Ptr question_;
    typename std::list<Waiter*>::iterator position_;
};

}  // namespace enrichd

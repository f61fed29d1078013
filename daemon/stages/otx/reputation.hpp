// What OTX says of names: from the cache, else by questions within the quota, the most suspicious names
// first.
//
// However many alerts wait for a name, it is asked for once. Questions wait in a queue of bounded length;
// while OTX is away, limits us or refuses the key, one question now and then finds out whether it still does.
// Names that failed take at most half of the connections.
#pragma once

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "asking/backoff.hpp"
#include "asking/cooldown.hpp"
#include "asking/failures.hpp"
#include "asking/paced_queue.hpp"
#include "asking/questions.hpp"
#include "asking/verdict_cache.hpp"
#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "model/gate.hpp"
#include "model/host_name.hpp"
#include "net/tasks.hpp"
#include "shared/shared_state.hpp"
#include "stages/otx/otx.hpp"
#include "stages/otx/otx_times.hpp"

namespace enrichd {

struct ReputationOptions {
    std::vector<OtxSubject> ask{OtxSubject::hostname,
                                OtxSubject::domain};  // the first in this order when both are hits
    std::size_t requests_per_hour = 9000;
    std::size_t at_once = 4;
    std::size_t max_questions = 5'000;  // in memory; then the least suspicious give way
    std::size_t max_waiting = 5'000;    // alerts times subjects; the same
    std::size_t max_sharing = 1'000;    // alerts that wait for one question; more give way
    std::chrono::milliseconds asks_for = std::chrono::seconds(30);  // a question, at most
    unsigned max_failures = 5;  // of one question, while OTX answers others
    unsigned max_strange = 20;  // 404 and 400 without an answer in between: then the URL is not OTX's
    OtxTimes keep_for;
    Clock::duration answered_lately = enrichd::answered_lately;  // see Answers
    BackoffOptions backoff{std::chrono::seconds(5), std::chrono::minutes(10)};
    CooldownOptions cooldown;
};

struct ReputationCounts : AskingCounts {  // by OtxReply::outcome
    Counters dropped;  // questions that ended without a verdict, by reason; those that gave way are none
};

/// What is known of a name: a hit of the first subject that has one, or that none has.
struct Finding {
    Finding() = default;
    Finding(OtxSubject of, OtxVerdictPtr what) : subject(of), verdict(std::move(what)) {}

    OtxSubject subject = OtxSubject::hostname;
    OtxVerdictPtr verdict;  // null when there was nothing to ask about

    bool hit() const { return verdict && verdict->hit(); }
};

class Reputation : private PacedQueue::Asker {
  public:
    /// Called with each verdict and how long it is good, by its key in the cache.
    using Learnt = std::function<void(const std::string&, const OtxVerdict&, Clock::duration)>;

    /// In the state file.
    static constexpr std::string_view provider_name = "otx";

    Reputation(asio::io_context& io, Tasks& tasks, VerdictCache<OtxVerdictPtr>& cache, Otx& otx,
               ReputationOptions options);

    void on_learnt(Learnt call) { learnt_ = std::move(call); }

    /// Verdicts and quota are those of all hosts. Both outlive this. `learnt_with`: what verdicts depend on.
    void share(SharedState& shared, const std::string& learnt_with) {
        shared_ = &shared;
        learnt_with_ = &learnt_with;
    }

    /// Quota, limits and times to live. What an operator may have fixed is tried at once; `new_key`: what
    /// the old one was refused for is forgotten. `new_server`: so is all that the old one said or failed of,
    /// and what it was asked is asked again.
    void configure(const ReputationOptions& options, bool new_key, bool new_server = false);

    /// What may be asked from now on. Who waits for another name hears `filtered`.
    void filter(const GateOptions& gate);

    /// From memory alone: any hit, or that there is none. Nothing when something would have to be asked.
    std::optional<Finding> known(const HostName& name);

    /// A hit that memory has, without counting as a use of it. Allocates nothing when there is none.
    std::optional<Finding> known_hit(const HostName& name) const;
    bool remembers() const { return cache_.size() > 0; }

    /// Whether something would have to be asked; no use of what is known.
    bool would_ask(const HostName& name) const;

    /// Waits for the answers, at most until `limit`. All subjects are queued at once; the first hit
    /// that comes ends the wait, the other is answered for the cache. Errors: the last failure when a
    /// question could not be answered; queue_full when the name had to give way; filtered; cancelled.
    task<result<Finding>> ask(HostName name, Suspicion suspicion, Clock::time_point limit);

    /// By an operator: nothing is asked until that is taken back; or one question finds out now whether OTX
    /// answers, within the quota.
    void pause(bool yes) { queue_.pause(yes); }
    void try_now();
    bool paused_by_operator() const { return queue_.paused_by_operator(); }

    /// Nothing is begun any more, and who waits for a question that is not on the wire stops waiting.
    void stop();

    /// What is wrong with OTX, or nothing: not what it fails of for one name while it answers others. Cleared
    /// by the next answer.
    const std::optional<error>& trouble() const { return server_.trouble; }
    bool paused() const { return queue_.cooldown().holds(); }
    /// How long until one question finds out whether the pause is over; nothing without a pause.
    std::optional<Clock::duration> next_try() const {
        const auto until = queue_.cooldown().until();
        return until && !paused_by_operator() ? std::optional(*until - Clock::now()) : std::nullopt;
    }
    /// Whether somebody waits, or the pause that the last failure began is not over: then trouble() counts.
    bool needed() const { return questions_.size() > 0 || next_try() > Clock::duration::zero(); }
    std::size_t questions() const { return questions_.size(); }
    std::vector<OpenQuestion> oldest(std::size_t most) const { return questions_.oldest(most); }
    std::size_t waiting() const { return questions_.waiting(); }  // alerts times subjects
    std::size_t room() const {                                    // for alerts, each with up to two questions
        return (options_.max_waiting - std::min(options_.max_waiting, waiting())) / 2;
    }
    std::size_t quota_left() const { return queue_.quota_left(); }
    std::size_t requests_per_hour() const { return options_.requests_per_hour; }
    const ReputationCounts& counts() const { return counts_; }

  private:
    struct Queued {
        OtxQuestion what;
        PriorityQueue::Position position;
        Clock::time_point expires;
        Backoff backoff;
        bool suspect = false;  // it failed, and that may be because of its name
    };
    using Open = Questions<OtxVerdictPtr, OtxSubject, Queued>;
    using QuestionPtr = Open::Ptr;
    using Waiter = Open::Waiter;

    class InFlight;

    static bool hit(const Waiter& waiter);

    std::vector<OtxQuestion> questions_about(const HostName& name) const;
    void wait_in_queue(const OtxQuestion& what, Suspicion suspicion, Clock::time_point limit, Waiter& waiter);
    void make_room();
    std::optional<bool> prepare(const std::string& key) override;
    void begin(std::string key) override;
    task<void> try_once(QuestionPtr question);
    task<bool> may_ask(QuestionPtr question);
    void take_share();
    bool take_known(const QuestionPtr& question, const SharedGrant& grant);
    void note_shared(const std::string& key, const OtxReply& reply, bool not_good_any_more);
    task<void> tell_others(std::string key, std::string record, std::chrono::milliseconds good_for,
                           std::size_t more);
    BeforeSend filter_for(const OtxQuestion& what) const;
    void answered(const QuestionPtr& question, OtxVerdict verdict, bool flushed);
    void in_service(Cooldown::Number number);
    void failed(const QuestionPtr& question, const error& failure, const OtxReply& reply,
                Cooldown::Number number);
    void give_up(const QuestionPtr& question, std::string_view reason, const error& failure);

    /// What is known of the server.
    struct Server {
        Answers answers;
        unsigned strange = 0;  // "not found" and "no name" since the last answer
        std::optional<error> trouble{};
    };

    Tasks& tasks_;
    VerdictCache<OtxVerdictPtr>& cache_;
    Otx& otx_;
    ReputationOptions options_;
    Learnt learnt_;
    Open questions_;  // queued, or on the wire
    PacedQueue queue_;
    Server server_;
    SharedState* shared_ = nullptr;
    const std::string* learnt_with_ = nullptr;
    std::size_t share_ = 0;        // of the quota, in effect
    std::size_t asked_alone_ = 0;  // requests that the quota of all does not know of
    Random random_;
    log::Limit drops_;
    ReputationCounts counts_;
};

}  // namespace enrichd

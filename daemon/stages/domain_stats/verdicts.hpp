// Verdicts on domains: from the cache, else by one question a domain, pursued until it is answered.
//
// However many alerts wait for a domain, it is asked for once. A question that fails is asked again, later
// and later; while the provider is away nothing is asked but a probe. A domain for which a provider fails
// that answers others (Domain Stats does so for ever where a registry tells no date) is put off, so that its
// alerts keep nobody's place. The first of the alerts that wait gets the first contact. Names that hang do
// not hold up the others: see asking/slots.hpp.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "asking/backoff.hpp"
#include "asking/breaker.hpp"
#include "asking/failures.hpp"
#include "asking/slots.hpp"
#include "asking/verdict_cache.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/tally.hpp"
#include "net/tasks.hpp"
#include "pipeline/gate.hpp"
#include "pipeline/job.hpp"
#include "stages/domain_stats/domain_times.hpp"
#include "stages/domain_stats/packed_verdict.hpp"
#include "stages/domain_stats/provider.hpp"

namespace enrichd {

struct VerdictsOptions {
    std::chrono::milliseconds retry_for = std::chrono::hours(1);  // then an alert ends without a verdict
    unsigned tries = 3;  // of a domain, while others are answered; then it is put off
    std::chrono::milliseconds put_off_for = std::chrono::minutes(5);
    std::size_t slots = 0;  // questions in flight; 0: no limit
    DomainTimes keep_for;
    Clock::duration answered_lately = enrichd::answered_lately;  // see Answers
    BackoffOptions backoff;
    BreakerOptions breaker;
};

struct VerdictsCounts {
    Tally requests;      // tries by outcome: "ok" or an error's label
    Histogram duration;  // of a try, waiting for a connection included
    std::uint64_t recovered_first_contacts = 0;
    std::uint64_t joined = 0;  // waits for a question that somebody else had begun
};

class Verdicts {
  public:
    /// In the state file.
    static constexpr std::string_view provider_name = "domain_stats";

    /// Told of a failure that an operator should hear of, with one alert that waits.
    using Report = std::function<void(const Alert&, const error&)>;

    Verdicts(asio::io_context& io, Tasks& tasks, VerdictCache<PackedVerdict>& cache, Provider& provider,
             VerdictsOptions options);

    void on_outage(Report report) { report_ = std::move(report); }
    void retry_for(std::chrono::milliseconds duration) { options_.retry_for = duration; }
    void keep_for(const DomainTimes& durations);
    void slots(std::size_t count) { slots_.resize(count); }

    /// What may be asked from now on. Who waits for another name hears `filtered`.
    void filter(const GateOptions& gate);

    /// Another server is asked from now on, or by other rules: what is in flight is asked again, and what was
    /// asked of the old one says nothing.
    void provider_changed();

    /// What is remembered of the name's domain, which is no first contact. Counts as a use.
    std::optional<DomainStatsAnswer> cached(const HostName& name, Clock::time_point now);

    /// Waits for the answer, at most retry_for from when the alert was received. `job` outlives the call; the
    /// first that waits is left the verdict to be remembered. Errors: the last failure, when that time is
    /// over; filtered; put_off; cancelled. With the last two job.asked is what of its question was put on the
    /// wire.
    task<result<DomainStatsAnswer>> ask(HostName name, Job& job);

    /// Until when an alert is put off, if its domain is: at most until the alert's time is over. Then it
    /// needs not be asked for now. Leaves in job.asked what was put on the wire.
    std::optional<Clock::time_point> put_off(const HostName& name, Job& job);

    /// A question of an earlier run, whose answer may have been lost.
    void was_asked(const HostName& name, WallTime when);

    /// An answer could not be given to whoever asked: the next who asks is answered anew, and told the first
    /// contact, which the state file has as not told.
    void untold(const HostName& name);

    /// Finds out whether the provider is there before the first alert asks: a probe, and more until one is
    /// answered or an alert has found out.
    task<void> look();

    /// No question is begun any more.
    void stop();

    /// What is wrong with the provider, or nothing: not what it fails of for one name while it answers
    /// others. Cleared by the next answer.
    const std::optional<error>& trouble() const { return trouble_; }
    bool away() const { return away_; }
    std::uint64_t answers() const { return answers_.count(); }  // to probes, too
    std::size_t questions() const { return questions_.size(); }
    std::size_t waiting() const { return waiting_; }  // alerts
    const VerdictsCounts& counts() const { return counts_; }

  private:
    struct Waiter {
        Waiter(asio::io_context& io, Clock::time_point limit, const HostName& name, Job& job)
            : wake(io, limit), name(name), job(job) {}
        void tell(const result<DomainStatsAnswer>& what) {
            answer.emplace(what);
            wake.cancel();
        }
        Timer wake;
        const HostName& name;
        Job& job;
        std::optional<result<DomainStatsAnswer>> answer;
        std::uint64_t flushes = 0;  // of the cache, when it was answered
    };
    struct Question {
        std::string domain;
        Ticket ticket;
        Slots::Rank rank;
        std::list<Waiter*> waiting;  // in order of arrival
        bool pursued = false;        // a coroutine asks it
        std::uint64_t flushes = 0;   // of the cache, when it was put on the wire
        unsigned failures = 0;
        OwnFailures own_failures{};
        error last_failure;
    };
    using QuestionPtr = std::shared_ptr<Question>;  // what is filtered is gone, and may be on the wire

    /// What is remembered of a domain that was put off, or asked by an earlier run.
    struct Failing {
        Clock::time_point until;
        Asked asked;
        error failure;
    };
    friend std::size_t heap_bytes(const Failing&) { return 0; }

    class Pursuit;

    static const Waiter* alert_of(const Question& question);

    Clock::time_point end_of(const Job& job) const;
    QuestionPtr question_of(const std::string& domain, const Failing* failing);
    void rank(Question& question);
    void server_answers();
    void pursue_in_background(const QuestionPtr& question);
    void pursue_all();
    void leave(const Question& question);
    task<void> pursue(QuestionPtr question);
    void put_off(Question& question);
    task<result<DomainStatsAnswer>> try_in_turn(Question& question);
    task<result<DomainStatsAnswer>> try_once(Question& question);
    bool tell_filtered(Question& question);
    void went_away(const error& failure);
    task<void> probe_until_back(bool at_once);
    void failed(Question& question, const error& failure);
    void still_away(const error& failure);
    void tell(const Question& question, const error& failure);
    void settle(Question& question, const DomainStatsAnswer& answer);

    asio::io_context& io_;
    Tasks& tasks_;
    VerdictCache<PackedVerdict>& cache_;
    Provider& provider_;
    VerdictsOptions options_;
    Report report_;
    Breaker breaker_;
    Slots slots_;
    GateOptions gate_;
    std::uint64_t generation_ = 0;  // of who is asked
    std::unordered_map<std::string, QuestionPtr> questions_;
    VerdictCache<Failing> failing_{CacheOptions{50'000, 64 * 1024 * 1024}};
    std::size_t waiting_ = 0;
    std::optional<error> trouble_;
    Answers answers_;
    bool probing_ = false;
    bool away_ = false;  // a probe has failed too
    bool stopping_ = false;
    Random random_;
    VerdictsCounts counts_;
};

}  // namespace enrichd

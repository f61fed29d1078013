// Verdicts on domains: from the cache, else by one question a domain, pursued until it is answered.
//
// However many alerts wait for a domain, it is asked for once. A question that fails is asked again, later
// and later; while the provider is away nothing is asked but a probe. A domain for which a provider fails
// that answers others (Domain Stats does so for ever where a registry gives no date) is deferred, so that its
// alerts keep nobody's place. The first of the alerts that wait gets the first contact. Names that hang do
// not hold up the others: see asking/slots.hpp.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "asking/backoff.hpp"
#include "asking/breaker.hpp"
#include "asking/outage.hpp"
#include "asking/questions.hpp"
#include "asking/slots.hpp"
#include "asking/verdict_cache.hpp"
#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/random.hpp"
#include "model/gate.hpp"
#include "net/tasks.hpp"
#include "pipeline/job.hpp"
#include "pipeline/known_names.hpp"
#include "stages/domain_stats/domain_times.hpp"
#include "stages/domain_stats/packed_verdict.hpp"
#include "stages/domain_stats/provider.hpp"

namespace enrichd {

struct VerdictsOptions {
    std::chrono::milliseconds retry_for = std::chrono::hours(1);  // then an alert ends without a verdict
    unsigned tries = 3;  // of a domain, while others are answered; then it is deferred
    std::chrono::milliseconds defer_for = std::chrono::minutes(5);
    std::size_t slots = 0;  // questions in flight; 0: no limit
    DomainTimes keep_for;
    Clock::duration answered_lately = enrichd::answered_lately;  // see Answers
    BackoffOptions backoff;
    BreakerOptions breaker;
};

struct VerdictsCounts : AskingCounts {  // outcome: "ok" or an error's label
    std::uint64_t recovered_first_contacts = 0;
};

class Verdicts : private Outage::Asker {
  public:
    /// In the state file.
    static constexpr std::string_view provider_name = "domain_stats";

    /// Called with a failure that an operator should know, and one alert that waits.
    using Report = std::function<void(const Alert&, const error&)>;

    Verdicts(asio::io_context& io, Tasks& tasks, VerdictCache<PackedVerdict>& cache, Provider& provider,
             VerdictsOptions options);

    void on_outage(Report report) { report_ = std::move(report); }
    void retry_for(std::chrono::milliseconds duration) { options_.retry_for = duration; }
    void keep_for(const DomainTimes& durations);
    /// What lists of known domains the embedded engine has: a verdict from before such a list changed is not
    /// used. `known` outlives this.
    void know(const KnownNames& known) { known_ = &known; }
    /// Domains with a label that their provider made up get the provider's verdict, as Engine gives it.
    void one_for_each_provider() { one_for_each_provider_ = true; }
    void slots(std::size_t count) { slots_.resize(count); }

    /// What may be asked from now on. Who waits for another name hears `filtered`.
    void filter(const GateOptions& gate);

    /// Another server is asked from now on, or by other rules: what is in flight is asked again, and what was
    /// asked of the old one says nothing.
    void provider_changed();

    /// That is asked for, and by which answers are remembered: the registrable domain, or its provider's.
    std::string_view domain_of(const HostName& name) const;

    /// What is remembered of the name's domain, which is no first contact. Counts as a use.
    std::optional<DomainStatsAnswer> cached(const HostName& name, Clock::time_point now);

    /// Waits for the answer, at most retry_for from when the alert was received. `job` outlives the call; the
    /// first that waits is left the verdict to be remembered. Errors: the last failure, when that time is
    /// over; filtered; deferred; cancelled. With the last two job.asked is what of its question was put on
    /// the wire.
    task<result<DomainStatsAnswer>> ask(HostName name, Job& job);

    /// Until when an alert is deferred, if its domain is: at most until the alert's time is over. Then it
    /// needs not be asked for now. Leaves in job.asked what was put on the wire.
    std::optional<Clock::time_point> deferred_until(const HostName& name, Job& job);

    /// A question of an earlier run, whose answer may have been lost.
    void was_asked(const HostName& name, WallTime when);

    /// An answer could not be delivered: the next question is answered anew, with the first contact, which
    /// the state file has as not reported.
    void not_delivered(const HostName& name);

    /// Finds out whether the provider is there before the first alert asks: a probe, and more until one is
    /// answered or an alert has found out.
    task<void> look() { return outage_.look(); }

    /// Of what is remembered of domains that were deferred, or asked by an earlier run.
    static constexpr CacheOptions failing_bounds{50'000, std::size_t{64} * 1024 * 1024};

    /// By an operator: nothing is asked until that is taken back; or it is found out now whether the provider
    /// is there.
    void pause(bool yes) { outage_.pause(yes); }
    void probe_now() { outage_.probe_now(); }
    bool paused_by_operator() const { return outage_.paused_by_operator(); }

    /// No question is begun any more.
    void stop();

    /// What is wrong with the provider, or nothing: not what it fails of for one name while it answers
    /// others. Cleared by the next answer.
    const std::optional<error>& trouble() const { return outage_.trouble(); }
    bool away() const { return outage_.away(); }
    std::optional<Clock::duration> next_probe() const { return outage_.next_probe(); }
    std::uint64_t answers() const { return outage_.answers().count(); }  // to probes, too
    std::size_t questions() const { return questions_.size(); }
    std::vector<OpenQuestion> oldest(std::size_t most) const { return questions_.oldest(most); }
    std::size_t waiting() const { return questions_.waiting(); }  // alerts without an answer
    const VerdictsCounts& counts() const { return counts_; }

  private:
    struct Alerted {
        Job& job;
        std::uint64_t flushes = 0;  // of the cache, when it was answered
    };
    struct Pursued {
        Slots::Rank rank;
        Ticket ticket{};
        unsigned failures = 0;
        std::uint64_t flushes = 0;  // of the cache, when it was put on the wire
    };
    using Open = Questions<DomainStatsAnswer, Alerted, Pursued>;
    using Question = Open::Question;
    using QuestionPtr = Open::Ptr;
    using Waiter = Open::Waiter;

    /// What is remembered of a domain that was deferred, or asked by an earlier run.
    struct Failing {
        Clock::time_point until;
        Asked asked;
        error failure;
    };
    friend std::size_t heap_bytes(const Failing&) { return 0; }

    /// The alert in the journal that was given a domain's first contact.
    struct Reporter {
        AlertNumber number;
    };
    friend std::size_t heap_bytes(const Reporter&) { return 0; }

    class Pursuit;

    static const Waiter* alert_of(const Question& question);
    const Waiter* reporter_of(const Question& question) const;
    std::optional<AlertNumber> reporter_elsewhere(const Question& question) const;
    void note_reporter(const std::string& domain, const Job& job);

    Clock::time_point end_of(const Job& job) const;
    std::optional<DomainStatsVerdict> remembered(std::string_view domain, const PackedVerdict* packed);
    QuestionPtr question_of(const std::string& domain, const Failing* failing);
    void rank(Question& question);
    void pursue_in_background(const QuestionPtr& question);
    void leave(const Question& question);
    task<void> pursue(QuestionPtr question);
    void defer(Question& question);
    task<result<DomainStatsAnswer>> try_in_turn(Question& question);
    task<result<DomainStatsAnswer>> try_once(Question& question);
    void failed(Question& question, const error& failure);
    void settle(const QuestionPtr& question, const DomainStatsAnswer& answer);
    void answer_all(Question& question, const DomainStatsAnswer& answer, const std::string& stored,
                    Clock::duration good_for);
    void report(const Question& question, const error& failure);

    task<result<void>> probe() override { return provider_.probe(); }
    void went_away(const error& failure) override;
    void still_away(const error& failure) override;
    void is_back() override;
    void go_on() override;

    Tasks& tasks_;
    VerdictCache<PackedVerdict>& cache_;
    Provider& provider_;
    const KnownNames* known_ = nullptr;
    bool one_for_each_provider_ = false;
    VerdictsOptions options_;
    Report report_;
    Outage outage_;
    Slots slots_;
    Open questions_;
    VerdictCache<Failing> failing_{failing_bounds};
    VerdictCache<Reporter> reporters_{failing_bounds};
    Random random_;
    VerdictsCounts counts_;
};

}  // namespace enrichd

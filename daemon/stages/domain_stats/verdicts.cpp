#include "stages/domain_stats/verdicts.hpp"

#include "pipeline/provider_labels.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace enrichd {

Verdicts::Verdicts(asio::io_context& io, Tasks& tasks, VerdictCache<PackedVerdict>& cache, Provider& provider,
                   VerdictsOptions options)
    : tasks_(tasks),
      cache_(cache),
      provider_(provider),
      options_(options),
      outage_("domain_stats probe", tasks, *this, options.breaker, options.answered_lately),
      slots_(io, options.slots),
      random_(random_generator()) {
    cache_.limit(options_.keep_for.all());
}

void Verdicts::keep_for(const DomainTimes& durations) {
    options_.keep_for = durations;
    cache_.limit(durations.all());
}

void Verdicts::filter(const GateOptions& gate) {
    for (const QuestionPtr& question : questions_.filter(gate)) leave(*question);
}

void Verdicts::provider_changed() {
    questions_.upstream_changed();
    outage_.forget_verdicts();
    failing_.clear();
    for (const QuestionPtr& question : questions_.all()) {
        question->ticket.asked = {};
        question->failures = 0;
        if (question->rank.kind == Slots::Kind::failed) question->rank.kind = Slots::Kind::fresh;
    }
}

std::optional<DomainStatsAnswer> Verdicts::cached(const HostName& name, Clock::time_point now) {
    auto verdict = remembered(domain_of(name), cache_.find(domain_of(name), now));
    if (!verdict) return std::nullopt;
    return DomainStatsAnswer{*std::move(verdict)};
}

/// Nothing when there is none, or a list of known domains has changed since.
std::optional<DomainStatsVerdict> Verdicts::remembered(std::string_view domain, const PackedVerdict* packed) {
    if (!packed) return std::nullopt;
    DomainStatsVerdict verdict = packed->unpack();
    if (!known_) return verdict;
    const bool by_list = established_by_a_list(verdict);
    const bool is_new = verdict.category == "NEW";
    if (!by_list && !is_new) return verdict;
    if (known_->known_by(domain).empty() == is_new) return verdict;
    cache_.drop(domain);
    return std::nullopt;
}

task<result<DomainStatsAnswer>> Verdicts::ask(HostName name, Job& job) {
    const std::string domain(domain_of(name));
    auto learnt = remembered(domain, cache_.peek(domain, Clock::now()));  // while the alert was being kept
    if (learnt) {
        DomainStatsAnswer known;
        known.verdict = *std::move(learnt);
        co_return known;
    }
    auto state = co_await asio::this_coro::cancellation_state;
    if (questions_.stopping() || state.cancelled() != asio::cancellation_type::none)
        co_return errc::cancelled;
    if (questions_.refusal_of(name)) co_return errc::filtered;
    const auto* failing = failing_.peek(domain, Clock::now());
    if (end_of(job) <= Clock::now())  // it was deferred for too long
        co_return failing ? failing->failure : trouble().value_or(errc::deadline);
    const QuestionPtr question = question_of(domain, failing);
    question->ticket.asked.merge(job.asked);
    auto executor = co_await asio::this_coro::executor;
    Timer wake(executor, end_of(job));
    Waiter self(questions_, name, wake, Alerted{job});
    if (!question->waiting.empty()) ++counts_.joined;
    self.join(question);
    rank(*question);
    if (!question->under_way) pursue_in_background(question);

    // The question may have been answered while it was spawned; then nobody would wake us.
    bool cancelled = false;
    if (!self.answer) {
        auto [ec] = co_await wake.async_wait(nothrow);
        cancelled = static_cast<bool>(ec);
    }
    if (self.answer) {
        // Flushed since it was answered: it is reported, and not remembered.
        if (job.step.learnt && self.context.flushes != cache_.flushes()) job.step.learnt->body.clear();
        co_return *std::move(self.answer);
    }
    // Not answered, so the question is still there: it goes away when it is, or when nobody waits.
    self.leave();
    job.asked = question->ticket.asked;
    const error failure =
        question->failures > 0 ? question->last_failure : trouble().value_or(errc::deadline);
    if (!question->under_way) leave(*question);
    if (cancelled) co_return errc::cancelled;
    co_return failure;
}

std::string_view Verdicts::domain_of(const HostName& name) const {
    return one_for_each_provider_ ? judged_domain(name, known_) : name.registrable();
}

Verdicts::QuestionPtr Verdicts::question_of(const std::string& domain, const Failing* failing) {
    QuestionPtr question = questions_.find(domain);
    if (!question) {
        const bool failed_before = failing && failing->failure && failing->failure != errc::deferred;
        const auto kind = failed_before ? Slots::Kind::failed : Slots::Kind::client;
        question = questions_.open(domain, {{kind, Clock::now()}});
    }
    if (failing) question->ticket.asked.merge(failing->asked);
    return question;
}

/// An alert that comes takes a client's question with it.
void Verdicts::rank(Question& question) {
    if (question.rank.kind != Slots::Kind::client || !alert_of(question)) return;
    question.rank = {question.failures > 0 ? Slots::Kind::failed : Slots::Kind::fresh, Clock::now()};
    slots_.reconsider();
}

/// When a job has waited for long enough.
Clock::time_point Verdicts::end_of(const Job& job) const {
    return job.received + std::min(options_.retry_for, job.patience.value_or(options_.retry_for));
}

std::optional<Clock::time_point> Verdicts::deferred_until(const HostName& name, Job& job) {
    const Clock::time_point now = Clock::now();
    const auto* failing = failing_.peek(domain_of(name), now);
    const Clock::time_point end = end_of(job);
    if (!failing || failing->until <= now || end <= now) return std::nullopt;
    job.asked.merge(failing->asked);
    return std::min(failing->until, end);
}

void Verdicts::was_asked(const HostName& name, WallTime when) {
    const Clock::time_point now = Clock::now();
    Failing failing{now, Asked::in_earlier_run(when), errc::deferred};
    if (const auto* known = failing_.peek(domain_of(name), now)) failing.asked.merge(known->asked);
    failing_.put(std::string(domain_of(name)), failing, options_.retry_for + options_.defer_for, now);
}

void Verdicts::not_delivered(const HostName& name) {
    cache_.drop(domain_of(name));
}

/// A question goes when nobody waits for it. What of it was put on the wire is remembered: its answer may
/// have been lost, and a first contact with it.
void Verdicts::leave(const Question& question) {
    const QuestionPtr going = questions_.find(question.key);
    if (going.get() != &question || !question.waiting.empty()) return;
    const Clock::time_point now = Clock::now();
    const auto* known = failing_.peek(question.key, now);
    const Clock::time_point until = known ? known->until : now;
    if (question.ticket.asked.first)
        failing_.put(question.key, {until, question.ticket.asked, question.last_failure},
                     options_.retry_for + options_.defer_for, now);
    questions_.close(question);
}

/// However a pursuit ends, the next alert for its domain may begin another.
class Verdicts::Pursuit {
  public:
    explicit Pursuit(Question& question) : question_(question) {}
    Pursuit(const Pursuit&) = delete;
    Pursuit& operator=(const Pursuit&) = delete;
    ~Pursuit() { question_.under_way = false; }

  private:
    Question& question_;
};

/// While the provider is away nobody asks: go_on() begins again.
void Verdicts::pursue_in_background(const QuestionPtr& question) {
    if (away() && trouble()) report(*question, *trouble());  // the outage may have begun before it
    if (outage_.pauses() || questions_.stopping()) return;
    question->under_way = true;
    tasks_.spawn("question", pursue(question));
}

task<void> Verdicts::pursue(QuestionPtr question) {
    const Pursuit pursuit(*question);
    Backoff backoff(options_.backoff, random_);
    while (!question->waiting.empty() && !outage_.pauses() && !questions_.stopping()) {
        const std::uint64_t generation = questions_.generation();
        auto answer = co_await try_in_turn(*question);
        if (!answer && answer.error() == errc::cancelled) break;
        if (generation != questions_.generation()) {
            question->ticket.asked = {};
            continue;
        }
        if (answer) {
            settle(question, *answer);
            co_return;
        }
        if (answer.error() == errc::filtered) {
            questions_.resolve_filtered(*question);
            continue;
        }
        failed(*question, answer.error());
        if (question->own_failures.count() >= options_.tries && !outage_.pauses()) defer(*question);
        if (question->waiting.empty()) break;
        const bool slept = co_await sleep_until(Clock::now() + backoff.next());
        if (!slept) break;
    }
    leave(*question);
}

/// Its alerts go back to where they are kept; what is kept nowhere waits on.
void Verdicts::defer(Question& question) {
    const Clock::time_point until = Clock::now() + options_.defer_for;
    failing_.put(question.key, {until, question.ticket.asked, question.last_failure},
                 options_.retry_for + options_.defer_for, Clock::now());
    for (auto at = question.waiting.begin(); at != question.waiting.end();) {
        Waiter* const waiter = *at++;  // it leaves the list
        if (!waiter->context.job.number) continue;
        waiter->context.job.asked = question.ticket.asked;
        waiter->resolve(errc::deferred);
    }
}

/// Meanwhile the question may have lost its reason: then nobody is asked.
task<result<DomainStatsAnswer>> Verdicts::try_in_turn(Question& question) {
    auto slot = co_await slots_.take(question.rank);
    if (!slot) co_return slot.error();
    if (question.waiting.empty() || outage_.pauses() || questions_.stopping()) co_return errc::cancelled;
    co_return co_await try_once(question);
}

task<result<DomainStatsAnswer>> Verdicts::try_once(Question& question) {
    const Clock::time_point start = Clock::now();
    const HostName name = question.waiting.front()->name;
    question.flushes = cache_.flushes();
    question.ticket.for_alert = alert_of(question) != nullptr;
    question.ticket.may_send = [this, &name] { return questions_.refusal_of(name); };
    question.ticket.reporter = reporter_elsewhere(question);
    auto answer = co_await provider_.ask(name, question.ticket);
    question.ticket.may_send = nullptr;
    counts_.requests.add(answer ? std::string_view("ok") : label(answer.error()));
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - start).count());
    co_return answer;
}

void Verdicts::settle(const QuestionPtr& question, const DomainStatsAnswer& answer) {
    outage_.verdict();
    // Whose first contact is under way is asked for again soon: its reporter may fail.
    const auto kind = answer.under_way ? DomainTimes::an_error : DomainTimes::kind(answer.verdict);
    const Clock::duration good_for = options_.keep_for.all()[kind];
    if (question->waiting.empty() && answer.first_contact) {
        leave(*question);  // nobody would report it: the next question finds it
        outage_.answered();
        return;
    }
    PackedVerdict packed(answer.verdict);
    std::string stored = packed.bytes();
    // What was flushed meanwhile is reported, and must not come back. A question without an alert gets a
    // provisional answer, which is not kept: an alert may find out more.
    const bool flushed = question->flushes != cache_.flushes();
    if (flushed) stored.clear();
    if (!flushed && (!answer.verdict.provisional || alert_of(*question)))
        cache_.put(question->key, std::move(packed), good_for, Clock::now(), {kind});
    failing_.drop(question->key);
    if (answer.recovered) ++counts_.recovered_first_contacts;
    answer_all(*question, answer, stored, good_for);
    questions_.close(*question);
    outage_.answered();
}

/// One waiter reports the first contact: an alert, which is kept until it is reported. Others may be gone.
void Verdicts::answer_all(Question& question, const DomainStatsAnswer& answer, const std::string& stored,
                          Clock::duration good_for) {
    const Waiter* reporter = reporter_of(question);
    if (!reporter && !question.waiting.empty()) reporter = question.waiting.front();
    if (reporter && answer.first_contact) note_reporter(question.key, reporter->context.job);
    const WallTime now = wall_seconds(WallClock::now());
    while (!question.waiting.empty()) {
        Waiter& waiter = *question.waiting.front();
        const bool reports = &waiter == reporter;
        DomainStatsAnswer its = answer;
        its.first_contact = reports && answer.first_contact;
        // Not before the event of the first contact: a restart in between asks again, and finds it.
        if (reports && !answer.under_way)
            waiter.context.job.step.learnt =
                RememberedVerdict{provider_name, question.key, stored,
                                  now + std::chrono::round<std::chrono::seconds>(good_for), now};
        if (reports && !answer.under_way && answer.unnoted) waiter.context.job.step.learnt_unnoted = true;
        waiter.context.flushes = cache_.flushes();
        waiter.resolve(its);
    }
}

/// The first alert that waits. A question of the HTTP interface is none.
const Verdicts::Waiter* Verdicts::alert_of(const Question& question) {
    const auto found = std::find_if(question.waiting.begin(), question.waiting.end(),
                                    [](const Waiter* waiter) { return !waiter->context.job.patience; });
    return found == question.waiting.end() ? nullptr : *found;
}

/// The one that was given the first contact before, else the first alert.
const Verdicts::Waiter* Verdicts::reporter_of(const Question& question) const {
    const Reporter* const before = reporters_.peek(question.key, Clock::now());
    const auto found =
        std::find_if(question.waiting.begin(), question.waiting.end(), [before](const Waiter* waiter) {
            const auto& number = waiter->context.job.number;
            return before && number && *number == before->number;
        });
    return found == question.waiting.end() ? alert_of(question) : *found;
}

/// Who was given the first contact and does not wait here: it may not have reported it yet.
std::optional<AlertNumber> Verdicts::reporter_elsewhere(const Question& question) const {
    const Reporter* const before = reporters_.peek(question.key, Clock::now());
    if (!before) return std::nullopt;
    const Waiter* const here = reporter_of(question);
    const bool waits = here && here->context.job.number && *here->context.job.number == before->number;
    return waits ? std::nullopt : std::optional(before->number);
}

/// The cache may forget the verdict before the state file knows that it was reported.
void Verdicts::note_reporter(const std::string& domain, const Job& job) {
    if (job.number) reporters_.put(domain, Reporter{*job.number}, options_.retry_for, Clock::now());
}

void Verdicts::stop() {
    questions_.stop();
    outage_.stop();
}

}  // namespace enrichd

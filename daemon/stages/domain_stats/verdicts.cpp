#include "stages/domain_stats/verdicts.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/one_more.hpp"

namespace enrichd {

Verdicts::Verdicts(asio::io_context& io, Tasks& tasks, VerdictCache<PackedVerdict>& cache, Provider& provider,
                   VerdictsOptions options)
    : io_(io),
      tasks_(tasks),
      cache_(cache),
      provider_(provider),
      options_(options),
      breaker_(options.breaker),
      slots_(io, options.slots),
      answers_(options.answered_lately),
      random_(random_generator()) {
    cache_.limit(options_.keep_for.all());
}

void Verdicts::keep_for(const DomainTimes& durations) {
    options_.keep_for = durations;
    cache_.limit(durations.all());
}

void Verdicts::filter(const GateOptions& gate) {
    if (gate == gate_) return;
    gate_ = gate;
    std::vector<QuestionPtr> nobody_waits;
    for (const auto& [domain, question] : questions_)
        if (tell_filtered(*question) && question->waiting.empty() && !question->pursued)
            nobody_waits.push_back(question);
    for (const QuestionPtr& question : nobody_waits) leave(*question);
}

/// True when somebody waited for a name that must not be looked up any more.
bool Verdicts::tell_filtered(Question& question) {
    bool found = false;
    for (auto at = question.waiting.begin(); at != question.waiting.end();) {
        Waiter* const waiter = *at;
        const bool filtered = refusal(waiter->name, gate_).has_value();
        if (filtered) waiter->tell(errc::filtered);
        found = found || filtered;
        at = filtered ? question.waiting.erase(at) : std::next(at);
    }
    return found;
}

void Verdicts::provider_changed() {
    ++generation_;
    failing_.clear();
    answers_.forget_verdicts();
    for (const auto& [domain, question] : questions_) {
        question->ticket.asked = {};
        question->failures = 0;
        question->own_failures.clear();
        if (question->rank.kind == Slots::Kind::failed) question->rank.kind = Slots::Kind::fresh;
    }
}

std::optional<DomainStatsAnswer> Verdicts::cached(const HostName& name, Clock::time_point now) {
    const PackedVerdict* const known = cache_.find(name.registrable(), now);
    if (!known) return std::nullopt;
    return DomainStatsAnswer{known->unpack()};
}

task<result<DomainStatsAnswer>> Verdicts::ask(HostName name, Job& job) {
    const std::string domain(name.registrable());
    if (const auto* learnt = cache_.peek(domain, Clock::now())) {  // while the alert was being kept
        DomainStatsAnswer known;
        known.verdict = learnt->unpack();
        co_return known;
    }
    auto state = co_await asio::this_coro::cancellation_state;
    if (stopping_ || state.cancelled() != asio::cancellation_type::none) co_return errc::cancelled;
    if (refusal(name, gate_)) co_return errc::filtered;
    const auto* failing = failing_.peek(domain, Clock::now());
    if (end_of(job) <= Clock::now())  // it was put off for too long
        co_return failing ? failing->failure : trouble_.value_or(errc::deadline);
    const QuestionPtr question = question_of(domain, failing);
    question->ticket.asked.merge(job.asked);
    Waiter self(io_, end_of(job), name, job);
    if (!question->waiting.empty()) ++counts_.joined;
    question->waiting.push_back(&self);
    rank(*question);
    const OneMore counted(waiting_);
    if (!question->pursued) pursue_in_background(question);

    // The question may have been answered while it was spawned; then nobody would wake us.
    bool cancelled = false;
    if (!self.answer) {
        auto [ec] = co_await self.wake.async_wait(nothrow);
        cancelled = static_cast<bool>(ec);
    }
    if (self.answer) {
        // Flushed since it was answered: told it is, and not remembered.
        if (job.step.learnt && self.flushes != cache_.flushes()) job.step.learnt->body.clear();
        co_return *std::move(self.answer);
    }
    // Not answered, so the question is still there: it goes away when it is, or when nobody waits.
    question->waiting.remove(&self);
    job.asked = question->ticket.asked;
    const error failure = question->failures > 0 ? question->last_failure : trouble_.value_or(errc::deadline);
    if (!question->pursued) leave(*question);
    if (cancelled) co_return errc::cancelled;
    co_return failure;
}

Verdicts::QuestionPtr Verdicts::question_of(const std::string& domain, const Failing* failing) {
    QuestionPtr& question = questions_[domain];
    if (!question) {
        question = std::make_shared<Question>();
        question->domain = domain;
        question->rank = {Slots::Kind::client, Clock::now()};
        const bool failed_before = failing && failing->failure && failing->failure != errc::put_off;
        if (failed_before) question->rank.kind = Slots::Kind::failed;
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

std::optional<Clock::time_point> Verdicts::put_off(const HostName& name, Job& job) {
    const Clock::time_point now = Clock::now();
    const auto* failing = failing_.peek(name.registrable(), now);
    const Clock::time_point end = end_of(job);
    if (!failing || failing->until <= now || end <= now) return std::nullopt;
    job.asked.merge(failing->asked);
    return std::min(failing->until, end);
}

void Verdicts::was_asked(const HostName& name, WallTime when) {
    const Clock::time_point now = Clock::now();
    Failing failing{now, {when, 1}, errc::put_off};
    if (const auto* known = failing_.peek(name.registrable(), now)) failing.asked.merge(known->asked);
    failing_.put(std::string(name.registrable()), failing, options_.retry_for + options_.put_off_for, now);
}

void Verdicts::untold(const HostName& name) {
    cache_.drop(name.registrable());
}

/// A question goes when nobody waits for it. What of it was put on the wire is remembered: its answer may
/// have been lost, and a first contact with it.
void Verdicts::leave(const Question& question) {
    const auto found = questions_.find(question.domain);
    if (found == questions_.end() || found->second.get() != &question || !question.waiting.empty()) return;
    const QuestionPtr going = found->second;
    const Clock::time_point now = Clock::now();
    const auto* known = failing_.peek(going->domain, now);
    const Clock::time_point until = known ? known->until : now;
    if (going->ticket.asked.first)
        failing_.put(going->domain, {until, going->ticket.asked, going->last_failure},
                     options_.retry_for + options_.put_off_for, now);
    questions_.erase(found);
}

/// However a pursuit ends, the next alert for its domain may begin another.
class Verdicts::Pursuit {
  public:
    explicit Pursuit(Question& question) : question_(question) {}
    Pursuit(const Pursuit&) = delete;
    Pursuit& operator=(const Pursuit&) = delete;
    ~Pursuit() { question_.pursued = false; }

  private:
    Question& question_;
};

/// While the provider is away nobody asks: who probes it begins again.
void Verdicts::pursue_in_background(const QuestionPtr& question) {
    if (away_ && trouble_) tell(*question, *trouble_);  // the outage may have begun before the first alert
    if (breaker_.open() || stopping_) return;
    question->pursued = true;
    tasks_.spawn("question", pursue(question));
}

task<void> Verdicts::pursue(QuestionPtr question) {
    const Pursuit pursuit(*question);
    Backoff backoff(options_.backoff, random_);
    while (!question->waiting.empty() && !breaker_.open() && !stopping_) {
        const std::uint64_t generation = generation_;
        auto answer = co_await try_in_turn(*question);
        if (!answer && answer.error() == errc::cancelled) break;
        if (generation != generation_) {  // another is asked by now: this one's word does not count
            question->ticket.asked = {};
            continue;
        }
        if (answer) {
            settle(*question, *answer);
            co_return;
        }
        if (answer.error() == errc::filtered) {
            tell_filtered(*question);
            continue;
        }
        failed(*question, answer.error());
        if (question->own_failures.count() >= options_.tries && !breaker_.open()) put_off(*question);
        if (question->waiting.empty()) break;
        const bool slept = co_await sleep_until(Clock::now() + backoff.next());
        if (!slept) break;
    }
    leave(*question);
}

/// Its alerts go back to where they are kept; what is kept nowhere waits on.
void Verdicts::put_off(Question& question) {
    const Clock::time_point until = Clock::now() + options_.put_off_for;
    failing_.put(question.domain, {until, question.ticket.asked, question.last_failure},
                 options_.retry_for + options_.put_off_for, Clock::now());
    for (auto at = question.waiting.begin(); at != question.waiting.end();) {
        Waiter* const waiter = *at;
        const bool kept = waiter->job.number.has_value();
        if (kept) {
            waiter->job.asked = question.ticket.asked;
            waiter->tell(errc::put_off);
        }
        at = kept ? question.waiting.erase(at) : std::next(at);
    }
}

/// Meanwhile the question may have lost its reason: then nobody is asked.
task<result<DomainStatsAnswer>> Verdicts::try_in_turn(Question& question) {
    auto slot = co_await slots_.take(question.rank);
    if (!slot) co_return slot.error();
    if (question.waiting.empty() || breaker_.open() || stopping_) co_return errc::cancelled;
    co_return co_await try_once(question);
}

task<result<DomainStatsAnswer>> Verdicts::try_once(Question& question) {
    const Clock::time_point start = Clock::now();
    const HostName name = question.waiting.front()->name;
    question.flushes = cache_.flushes();
    question.ticket.for_alert = alert_of(question) != nullptr;
    question.ticket.may_send = [this, &name] {
        return refusal(name, gate_) ? make_error_code(errc::filtered) : error();
    };
    auto answer = co_await provider_.ask(name, question.ticket);
    question.ticket.may_send = nullptr;
    counts_.requests.add(answer ? std::string_view("ok") : label(answer.error()));
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - start).count());
    co_return answer;
}

void Verdicts::settle(Question& question, const DomainStatsAnswer& answer) {
    trouble_.reset();
    answers_.note_verdict(Clock::now());
    const std::string& domain = question.domain;
    const Clock::duration good_for = options_.keep_for.of(answer.verdict);
    if (question.waiting.empty() &&
        answer.first_contact) {  // nobody would tell it: the next who asks finds it
        leave(question);
        server_answers();
        return;
    }
    PackedVerdict packed(answer.verdict);
    std::string stored = packed.bytes();
    // What was flushed meanwhile is told, and must not come back. And who asks for no alert is sent away
    // where there is little: an alert may find out more.
    const bool flushed = question.flushes != cache_.flushes();
    if (flushed) stored.clear();
    if (!flushed && (!answer.verdict.provisional || alert_of(question)))
        cache_.put(domain, std::move(packed), good_for, Clock::now(), {DomainTimes::kind(answer.verdict)});
    failing_.drop(domain);
    if (answer.recovered) ++counts_.recovered_first_contacts;
    // An alert is kept until it is told; who else waits may be gone.
    const Waiter* teller = alert_of(question);
    if (!teller && !question.waiting.empty()) teller = question.waiting.front();
    const WallTime now = wall_seconds(WallClock::now());
    for (Waiter* waiter : question.waiting) {
        const bool tells = waiter == teller;
        DomainStatsAnswer its = answer;
        its.first_contact = tells && answer.first_contact;
        // Not before the event of the first contact: a restart in between asks again, and finds it.
        if (tells)
            waiter->job.step.learnt = RememberedVerdict{
                provider_name, domain, stored, now + std::chrono::round<std::chrono::seconds>(good_for), now};
        waiter->flushes = cache_.flushes();
        waiter->tell(its);
    }
    question.waiting.clear();
    if (const auto found = questions_.find(domain);
        found != questions_.end() && found->second.get() == &question)
        questions_.erase(found);
    server_answers();
}

/// In whatever way: then it is there.
void Verdicts::server_answers() {
    answers_.note();
    const bool was_open = breaker_.open();
    breaker_.succeeded();
    away_ = false;
    if (was_open) pursue_all();
}

/// The first alert that waits. A question of the HTTP interface is none.
const Verdicts::Waiter* Verdicts::alert_of(const Question& question) {
    const auto found = std::find_if(question.waiting.begin(), question.waiting.end(),
                                    [](const Waiter* waiter) { return !waiter->job.patience; });
    return found == question.waiting.end() ? nullptr : *found;
}

void Verdicts::stop() {
    stopping_ = true;
}

}  // namespace enrichd

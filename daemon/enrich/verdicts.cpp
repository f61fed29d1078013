#include "enrich/verdicts.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/log.hpp"
#include "base/one_more.hpp"
#include "model/verdict_record.hpp"
#include "policy/failure.hpp"

namespace enrichd {
namespace {

/// A question that failed so often is worth a word even though the provider answers others.
constexpr unsigned failures_to_report = 3;

}  // namespace

Verdicts::Verdicts(asio::io_context& io, Tasks& tasks, VerdictCache<PackedVerdict>& cache, Provider& provider,
                   VerdictsOptions options)
    : io_(io),
      tasks_(tasks),
      cache_(cache),
      provider_(provider),
      options_(options),
      breaker_(options.breaker),
      random_(std::random_device()()) {}

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
    const auto* failing = failing_.peek(domain, Clock::now());
    if (end_of(job) <= Clock::now())  // it was put off for too long
        co_return failing ? failing->failure : trouble_.value_or(errc::deadline);
    Question& question = questions_[domain];
    question.asked.merge(job.asked);
    if (failing) question.asked.merge(failing->asked);
    Waiter self(io_, end_of(job), job);
    if (!question.waiting.empty()) ++counts_.joined;
    question.waiting.push_back(&self);
    const OneMore counted(waiting_);
    if (!question.pursued) {
        question.name = std::move(name);
        pursue_in_background(domain, question);
    }

    // The question may have been answered while it was spawned; then nobody would wake us.
    bool cancelled = false;
    if (!self.answer) {
        auto [ec] = co_await self.wake.async_wait(nothrow);
        cancelled = static_cast<bool>(ec);
    }
    if (self.answer) co_return *std::move(self.answer);
    // Not answered, so the question is still there: it goes away when it is, or when nobody waits.
    question.waiting.remove(&self);
    job.asked = question.asked;
    const error failure = question.failures > 0 ? question.last_failure : trouble_.value_or(errc::deadline);
    if (!question.pursued) leave(domain);
    if (cancelled) co_return errc::cancelled;
    co_return failure;
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
    cache_.erase(name.registrable());
}

/// A question goes when nobody waits for it. What of it was put on the wire is remembered: its answer may
/// have been lost, and a first contact with it.
void Verdicts::leave(const std::string& domain) {
    const auto found = questions_.find(domain);
    if (found == questions_.end() || !found->second.waiting.empty()) return;
    const Question& question = found->second;
    const Clock::time_point now = Clock::now();
    const auto* known = failing_.peek(domain, now);
    const Clock::time_point until = known ? known->until : now;
    if (question.asked.first)
        failing_.put(domain, {until, question.asked, question.last_failure},
                     options_.retry_for + options_.put_off_for, now);
    questions_.erase(found);
}

/// However a pursuit ends, the next alert for its domain may begin another.
class Verdicts::Pursuit {
  public:
    Pursuit(Verdicts& verdicts, const std::string& domain) : verdicts_(verdicts), domain_(domain) {}
    Pursuit(const Pursuit&) = delete;
    Pursuit& operator=(const Pursuit&) = delete;
    ~Pursuit() {
        const auto question = verdicts_.questions_.find(domain_);
        if (question != verdicts_.questions_.end()) question->second.pursued = false;
    }

  private:
    Verdicts& verdicts_;
    const std::string& domain_;
};

/// While the provider is away nobody asks: who probes it begins again.
void Verdicts::pursue_in_background(const std::string& domain, Question& question) {
    if (breaker_.open() || stopping_) return;
    question.pursued = true;
    tasks_.spawn("question", pursue(domain));
}

task<void> Verdicts::pursue(std::string domain) {
    const Pursuit pursuit(*this, domain);
    Question& question = questions_.at(domain);
    Backoff backoff(options_.backoff, random_);
    while (!question.waiting.empty() && !breaker_.open() && !stopping_) {
        auto answer = co_await try_once(question);
        if (answer) {
            settle(domain, *answer);
            co_return;
        }
        if (answer.error() == errc::cancelled) break;
        failed(question, answer.error());
        if (question.own_failures >= options_.tries && !breaker_.open()) put_off(domain, question);
        if (question.waiting.empty()) break;
        const bool slept = co_await sleep_until(Clock::now() + backoff.next());
        if (!slept) break;
    }
    leave(domain);
}

/// Its alerts go back to where they are kept; what is kept nowhere waits on.
void Verdicts::put_off(const std::string& domain, Question& question) {
    const Clock::time_point until = Clock::now() + options_.put_off_for;
    failing_.put(domain, {until, question.asked, question.last_failure},
                 options_.retry_for + options_.put_off_for, Clock::now());
    for (auto at = question.waiting.begin(); at != question.waiting.end();) {
        Waiter* const waiter = *at;
        const bool kept = waiter->job.number.has_value();
        if (kept) {
            waiter->job.asked = question.asked;
            waiter->answer.emplace(errc::put_off);
            waiter->wake.cancel();
        }
        at = kept ? question.waiting.erase(at) : std::next(at);
    }
}

task<result<DomainStatsAnswer>> Verdicts::try_once(Question& question) {
    const Clock::time_point start = Clock::now();
    const bool for_alert = alert_of(question) != nullptr;
    auto answer = co_await provider_.ask(question.name, question.asked, for_alert);
    counts_.requests.add(answer ? std::string_view("ok") : label(answer.error()));
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - start).count());
    co_return answer;
}

void Verdicts::settle(const std::string& domain, const DomainStatsAnswer& answer) {
    trouble_.reset();
    const Clock::duration good_for = options_.keep_for.of(answer.verdict);
    Question& question = questions_.at(domain);
    if (question.waiting.empty() &&
        answer.first_contact) {  // nobody would tell it: the next who asks finds it
        leave(domain);
        server_answers();
        return;
    }
    const PackedVerdict packed(answer.verdict);
    // Who asks for no alert is sent away where there is little: an alert may find out more.
    if (!answer.verdict.provisional || alert_of(question)) cache_.put(domain, packed, good_for, Clock::now());
    failing_.erase(domain);
    if (answer.recovered) ++counts_.recovered_first_contacts;
    // An alert is kept until it is told; who else waits may be gone.
    const Waiter* teller = alert_of(question);
    if (!teller && !question.waiting.empty()) teller = question.waiting.front();
    for (Waiter* waiter : question.waiting) {
        const bool tells = waiter == teller;
        waiter->answer.emplace(answer);
        (*waiter->answer)->first_contact = tells && answer.first_contact;
        // Not before the event of the first contact: a restart in between asks again, and finds it.
        if (tells)
            waiter->job.step.learnt = RememberedVerdict{
                provider_name, domain, packed.bytes(),
                wall_seconds(WallClock::now() + std::chrono::round<std::chrono::seconds>(good_for))};
        waiter->wake.cancel();
    }
    questions_.erase(domain);
    server_answers();
}

/// In whatever way: then it is there.
void Verdicts::server_answers() {
    ++answers_;
    const bool was_away = breaker_.open();
    breaker_.succeeded();
    if (was_away) pursue_all();
}

void Verdicts::failed(Question& question, const error& failure) {
    ++question.failures;
    question.last_failure = failure;
    trouble_ = failure;
    bool went_away = false;
    if (unanswered(failure))
        went_away = breaker_.failed(out_of_reach(failure));
    else
        server_answers();
    // An outage is no question's fault: that counts which fails while the server answers something.
    if (question.own_failures == 0 || question.answers_then != answers_) ++question.own_failures;
    question.answers_then = answers_;
    if (went_away) {
        log::warning("Domain Stats is away; alerts wait and are tried again",
                     {{"reason", label(failure)}, {"detail", failure.message()}});
        if (!std::exchange(probing_, true)) tasks_.spawn("domain_stats probe", probe_until_back());
    }
    if (went_away || failure == errc::deadline || question.failures >= failures_to_report)
        tell(question, failure);
}

task<void> Verdicts::look() {
    while (answers_ == 0 && !breaker_.open() && !stopping_) {
        auto there = co_await provider_.probe();
        if (!there && there.error() == errc::cancelled) co_return;
        if (answers_ > 0 || breaker_.open()) co_return;  // an alert has found out
        if (there) {
            trouble_.reset();
            server_answers();
            co_return;
        }
        trouble_ = there.error();
        if (breaker_.failed(out_of_reach(*trouble_))) {
            log::warning("Domain Stats is away; alerts wait and are tried again",
                         {{"reason", label(*trouble_)}, {"detail", trouble_->message()}});
            if (!std::exchange(probing_, true)) co_await probe_until_back();
            co_return;
        }
        const bool slept = co_await sleep_until(Clock::now() + breaker_.next_pause());
        if (!slept) co_return;
    }
}

task<void> Verdicts::probe_until_back() {
    while (breaker_.open()) {
        const bool slept = co_await sleep_until(Clock::now() + breaker_.next_pause());
        if (!slept) break;
        auto there = co_await provider_.probe();
        if (!there && there.error() == errc::cancelled) break;
        if (!there) {
            still_away(there.error());
            continue;
        }
        trouble_.reset();
        log::info("Domain Stats is back", {{"questions_waiting", questions_.size()}});
        server_answers();
    }
    probing_ = false;
}

void Verdicts::pursue_all() {
    // A question that is answered at once leaves the list.
    std::vector<std::string> domains;
    for (const auto& [domain, question] : questions_)
        if (!question.pursued) domains.push_back(domain);
    for (const std::string& domain : domains)
        if (const auto found = questions_.find(domain); found != questions_.end() && !found->second.pursued)
            pursue_in_background(domain, found->second);
}

/// The outage goes on: whoever hears of it decides how often that is worth a word.
void Verdicts::still_away(const error& failure) {
    trouble_ = failure;
    for (const auto& [domain, question] : questions_) {
        if (!alert_of(question)) continue;
        tell(question, failure);
        return;
    }
}

void Verdicts::tell(const Question& question, const error& failure) {
    const Waiter* const alert = alert_of(question);
    if (report_ && alert) report_(alert->job.alert, failure);
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

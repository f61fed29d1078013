#include "enrich/verdicts.hpp"

#include <boost/asio/this_coro.hpp>

#include "base/log.hpp"
#include "model/verdict_record.hpp"
#include "policy/failure.hpp"

namespace enrichd {
namespace {

/// A question that failed so often is worth a word even though the provider answers others.
constexpr unsigned failures_to_report = 3;

}  // namespace

Verdicts::Verdicts(asio::io_context& io, Tasks& tasks, VerdictCache<DomainStatsVerdict>& cache,
                   Provider& provider, VerdictsOptions options)
    : io_(io),
      tasks_(tasks),
      cache_(cache),
      provider_(provider),
      options_(options),
      breaker_(options.breaker),
      back_(io, Clock::time_point::max()),
      random_(std::random_device()()) {}

const DomainStatsVerdict* Verdicts::cached(const HostName& name, Clock::time_point now) {
    return cache_.find(name.registrable(), now);
}

/// One of those that wait, however its wait ends.
class Verdicts::Count {
  public:
    explicit Count(std::size_t& number) : number_(number) { ++number_; }
    Count(const Count&) = delete;
    Count& operator=(const Count&) = delete;
    ~Count() { --number_; }

  private:
    std::size_t& number_;
};

task<result<DomainStatsAnswer>> Verdicts::ask(HostName name, Job& job) {
    const std::string domain(name.registrable());
    if (const auto* learnt = cache_.peek(domain, Clock::now())) {  // while the alert was being kept
        DomainStatsAnswer known;
        known.verdict = *learnt;
        co_return known;
    }
    Question& question = questions_[domain];
    if (const auto first = job.asked.first) {
        question.asked.first = std::min(*first, question.asked.first.value_or(*first));
        question.asked.times += job.asked.times;
    }
    Waiter self(io_, job.received + options_.retry_for, job);
    question.waiting.push_back(&self);
    const Count counted(waiting_);
    if (!std::exchange(question.pursued, true)) {
        question.name = std::move(name);
        tasks_.spawn("question", pursue(domain));
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
    if (cancelled) {
        job.asked = question.asked;
        co_return errc::cancelled;
    }
    if (question.failures > 0) co_return question.last_failure;
    co_return trouble_.value_or(errc::deadline);
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

task<void> Verdicts::pursue(std::string domain) {
    const Pursuit pursuit(*this, domain);
    Question& question = questions_.at(domain);
    Backoff backoff(options_.backoff, random_);
    for (;;) {
        const bool there = co_await provider_is_there();
        if (!there || question.waiting.empty()) break;
        auto answer = co_await try_once(question);
        if (answer) {
            settle(domain, *answer);
            co_return;
        }
        if (answer.error() == errc::cancelled) break;
        failed(question, answer.error());
        const bool slept = co_await sleep_until(Clock::now() + backoff.next());
        if (!slept) break;
    }
    if (question.waiting.empty()) questions_.erase(domain);
}

task<result<DomainStatsAnswer>> Verdicts::try_once(Question& question) {
    const Clock::time_point start = Clock::now();
    auto answer = co_await provider_.ask(question.name, question.asked);
    counts_.requests.add(answer ? std::string_view("ok") : label(answer.error()));
    counts_.duration.observe(std::chrono::duration<double>(Clock::now() - start).count());
    co_return answer;
}

void Verdicts::settle(const std::string& domain, const DomainStatsAnswer& answer) {
    breaker_.succeeded();
    trouble_.reset();
    const Clock::duration good_for = options_.keep_for.of(answer.verdict);
    cache_.put(domain, answer.verdict, good_for, Clock::now());
    Question& question = questions_.at(domain);
    if (answer.first_contact && question.asked.times > 1) ++counts_.recovered_first_contacts;
    bool first = true;
    for (Waiter* waiter : question.waiting) {
        waiter->answer.emplace(answer);
        waiter->answer->first_contact = first && answer.first_contact;
        // Not before the event of the first contact: a restart in between asks again, and finds it.
        if (first)
            waiter->job.step.learnt = RememberedVerdict{
                provider_name, domain, to_record(answer.verdict),
                wall_seconds(WallClock::now() + std::chrono::round<std::chrono::seconds>(good_for))};
        first = false;
        waiter->wake.cancel();
    }
    questions_.erase(domain);
}

void Verdicts::failed(Question& question, const error& failure) {
    ++question.failures;
    question.last_failure = failure;
    trouble_ = failure;
    bool went_away = false;
    if (unanswered(failure))
        went_away = breaker_.failed(out_of_reach(failure));
    else
        breaker_.succeeded();
    if (went_away) {
        log::warning("Domain Stats is away; alerts wait and are tried again",
                     {{"reason", label(failure)}, {"detail", failure.message()}});
        tasks_.spawn("domain_stats probe", probe_until_back());
    }
    if (went_away || failure == errc::deadline || question.failures >= failures_to_report)
        tell(question, failure);
}

task<bool> Verdicts::provider_is_there() {
    while (breaker_.open() && !stopping_) {
        co_await back_.async_wait(nothrow);
        auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return false;
    }
    co_return !stopping_;
}

task<void> Verdicts::probe_until_back() {
    while (breaker_.open()) {
        const bool slept = co_await sleep_until(Clock::now() + breaker_.next_pause());
        if (!slept) co_return;
        auto there = co_await provider_.probe();
        if (!there) {
            still_away(there.error());
            continue;
        }
        breaker_.succeeded();
        trouble_.reset();
        log::info("Domain Stats is back", {{"questions_waiting", questions_.size()}});
    }
    back_.cancel();
}

/// The outage goes on: whoever hears of it decides how often that is worth a word.
void Verdicts::still_away(const error& failure) {
    trouble_ = failure;
    for (const auto& [domain, question] : questions_) {
        if (question.waiting.empty()) continue;
        tell(question, failure);
        return;
    }
}

void Verdicts::tell(const Question& question, const error& failure) {
    if (report_ && !question.waiting.empty()) report_(question.waiting.front()->job.alert, failure);
}

void Verdicts::stop() {
    stopping_ = true;
    back_.cancel();
}

}  // namespace enrichd

// Verdicts: failures, and what is done while the provider is down.
#include <utility>
#include <vector>

#include "asking/failure.hpp"
#include "base/log.hpp"
#include "stages/domain_stats/verdicts.hpp"

namespace enrichd {
namespace {

/// A question that failed so often is worth a word even though the provider answers others.
constexpr unsigned failures_to_report = 3;

}  // namespace

void Verdicts::failed(Question& question, const error& failure) {
    const bool certain = out_of_reach(failure) || of_the_store(failure);
    ++question.failures;
    question.last_failure = failure;
    if (!certain && question.rank.kind == Slots::Kind::fresh) question.rank.kind = Slots::Kind::failed;
    bool opened = false;
    if (unanswered(failure))
        opened = breaker_.failed(certain, question.domain);
    else
        server_answers();
    if (certain || !answers_.lately(Clock::now())) trouble_ = failure;
    question.own_failures.add(answers_);
    if (opened && certain) went_away(failure);
    if (opened && !std::exchange(probing_, true))
        tasks_.spawn("domain_stats probe", probe_until_back(!certain));
    if (away_ || failure == errc::deadline || question.failures >= failures_to_report)
        tell(question, failure);
}

void Verdicts::went_away(const error& failure) {
    if (std::exchange(away_, true)) return;
    log::warning("Domain Stats is away; alerts wait and are tried again",
                 {{"reason", label(failure)}, {"detail", failure.message()}});
}

task<void> Verdicts::look() {
    while (answers_.count() == 0 && !breaker_.open() && !stopping_) {
        auto there = co_await provider_.probe();
        if (!there && there.error() == errc::cancelled) co_return;
        if (answers_.count() > 0 || breaker_.open()) co_return;  // an alert has found out
        if (there) {
            trouble_.reset();
            server_answers();
            co_return;
        }
        const error failure = there.error();
        trouble_ = failure;
        if (breaker_.failed(out_of_reach(failure), {})) {
            went_away(failure);
            if (!std::exchange(probing_, true)) co_await probe_until_back(false);
            co_return;
        }
        const bool slept = co_await sleep_until(Clock::now() + breaker_.next_pause());
        if (!slept) co_return;
    }
}

/// `at_once`: some names failed, and it may be the names.
task<void> Verdicts::probe_until_back(bool at_once) {
    while (breaker_.open()) {
        const Clock::duration pause = at_once ? Clock::duration::zero() : breaker_.next_pause();
        const bool slept = co_await sleep_until(Clock::now() + pause);
        if (!slept) break;
        at_once = false;
        auto there = co_await provider_.probe();
        if (!there && there.error() == errc::cancelled) break;
        if (!there) {
            went_away(there.error());
            still_away(there.error());
            continue;
        }
        if (away_) {
            trouble_.reset();
            log::info("Domain Stats is back", {{"questions_waiting", questions_.size()}});
        }
        server_answers();
    }
    probing_ = false;
}

void Verdicts::pursue_all() {
    // A question that is answered at once leaves the list.
    std::vector<QuestionPtr> waiting;
    for (const auto& [domain, question] : questions_)
        if (!question->pursued) waiting.push_back(question);
    for (const QuestionPtr& question : waiting)
        if (!question->pursued && !question->waiting.empty()) pursue_in_background(question);
}

/// The outage goes on: whoever hears of it decides how often that is worth a word.
void Verdicts::still_away(const error& failure) {
    trouble_ = failure;
    for (const auto& [domain, question] : questions_) {
        if (!alert_of(*question)) continue;
        tell(*question, failure);
        return;
    }
}

void Verdicts::tell(const Question& question, const error& failure) {
    const Waiter* const alert = alert_of(question);
    if (report_ && alert) report_(alert->job.alert, failure);
}

}  // namespace enrichd

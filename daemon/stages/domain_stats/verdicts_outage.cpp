// Verdicts: failures, and what is done while the provider is down.
#include <string>

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
    outage_.failed(failure, question.key);
    question.own_failures.add(outage_.answers());
    if (away() || failure == errc::deadline || question.failures >= failures_to_report)
        report(question, failure);
}

void Verdicts::went_away(const error& failure) {
    const std::string server = provider_.address();
    const char* const hint =
        server.empty() ? "see the state file" : "domain_stats.mode: embedded needs no server";
    log::warning("Domain Stats is down; alerts wait and are tried again",
                 {{"server", server.empty() ? "embedded" : server},
                  {"reason", label(failure)},
                  {"detail", failure.message()},
                  {"hint", hint}});
}

/// Whoever hears of it decides how often that is worth a word.
void Verdicts::still_away(const error& failure) {
    for (const QuestionPtr& question : questions_.all()) {
        if (!alert_of(*question)) continue;
        report(*question, failure);
        return;
    }
}

void Verdicts::is_back() {
    log::info("Domain Stats is back", {{"questions_waiting", questions_.size()}});
}

/// A question that is answered at once leaves the list.
void Verdicts::go_on() {
    for (const QuestionPtr& question : questions_.all())
        if (!question->under_way && !question->waiting.empty()) pursue_in_background(question);
}

void Verdicts::report(const Question& question, const error& failure) {
    const Waiter* const alert = alert_of(question);
    if (report_ && alert) report_(alert->context.job.alert, failure);
}

}  // namespace enrichd

#include "stages/domain_stats/domain_check.hpp"
#include "stages/domain_stats/domain_findings.hpp"
#include "stages/domain_stats/domain_stats_event.hpp"
#include "stages/domain_stats/suspicion_of.hpp"

#include <algorithm>
#include <string>

#include "base/units.hpp"

namespace enrichd {
namespace {

/// Failures to reach the server are one cause with the original integration's text; rules match on it.
constexpr std::string_view connection_error = "Connection Error to DNS Stats API";

bool not_reached(const error& failure) {
    return failure == errc::refused || failure == errc::unreachable || failure == errc::name_lookup ||
           failure == errc::cut || failure == errc::gateway_status;
}

std::string_view cause(const error& failure) {
    return not_reached(failure) ? "connection" : label(failure);
}

std::string words_of(const error& failure) {
    return not_reached(failure) ? std::string(connection_error) : "DNS Stats API: " + failure.message();
}

/// For the log: what makes a domain worth an event.
std::string_view mark_of(Suspicion suspicion) {
    switch (suspicion) {
        case Suspicion::new_domain:
            return "NEW";
        case Suspicion::low_frequency:
            return "LOW-FREQ-SCORES";
        case Suspicion::suspect_frequency:
            return "SUSPECT-FREQ-SCORE";
        case Suspicion::first_contact:
            return "YOUR-FIRST-CONTACT";
        case Suspicion::requested:
        case Suspicion::none:
            break;
    }
    return "alert of the server";
}

/// Some of the answer's findings are silenced.
void report_rest(const Job& job, const EventDomain& domain, DomainStatsAnswer rest, Findings& out) {
    // What is not reported is suspicious all the same, but for what is known.
    remove_findings(job.silences.known, rest);
    out.rank = suspicion_of(rest);
    if (!job.silences.give_event(out.kinds)) return;
    remove_findings(job.silences.removed(), rest);
    out.event = domain_stats_event(job.alert, domain, rest, job.marks.lists);
}

/// Of an answer with what lists add to it.
Findings marked_findings_of(const Job& job, std::string_view domain_name, const DomainStatsAnswer& answer) {
    Findings out;
    out.kinds = kinds_of(answer);
    if (out.kinds.empty()) return out;
    const EventDomain domain{domain_name, parse_http_date(answer.verdict.seen_by_web)};
    out.registered = domain.registered;
    const KindSet silenced = job.silences.removed() | job.silences.label;
    if ((out.kinds & silenced).empty()) {
        out.rank = suspicion_of(answer);
        out.event = domain_stats_event(job.alert, domain, answer, job.marks.lists);
    } else {
        report_rest(job, domain, answer, out);
    }
    out.reason = mark_of(out.rank);
    if (out.event) out.event->findings = out.kinds - silenced;
    return out;
}

}  // namespace

Findings findings_of(const Job& job, std::string_view domain, const DomainStatsAnswer& answer) {
    if (job.marks.alerts.empty()) return marked_findings_of(job, domain, answer);
    DomainStatsAnswer with_marks = answer;
    add_marks(job.marks, with_marks);
    return marked_findings_of(job, domain, with_marks);
}

DomainCheck::DomainCheck(Verdicts& verdicts, Pipeline& pipeline)
    : verdicts_(verdicts), pipeline_(pipeline), notices_(options_.error_event_every) {
    verdicts_.on_outage([this](const Alert& alert, const error& failure) { report_outage(alert, failure); });
}

void DomainCheck::configure(const DomainCheckOptions& options) {
    options_ = options;
    notices_.configure(options_.error_event_every);
}

std::size_t DomainCheck::room() const {
    return options_.in_memory - std::min(options_.in_memory, verdicts_.waiting());
}

std::optional<Findings> DomainCheck::known(const HostName& name, const Job& job) {
    const auto answer = verdicts_.cached(name, Clock::now());
    if (!answer) return std::nullopt;
    return findings_of(job, verdicts_.domain_of(name), *answer);
}

task<result<Findings>> DomainCheck::ask(const HostName& name, Job& job) {
    auto answer = co_await verdicts_.ask(name, job);
    if (answer) {
        Findings found = findings_of(job, verdicts_.domain_of(name), *answer);
        found.open_age = open_age(name, job, *answer);
        co_return found;
    }
    const error failure = answer.error();
    if (failure == errc::cancelled || failure == errc::deferred || failure == errc::filtered)
        co_return failure;
    co_return given_up(name, job, failure);
}

/// Nobody answered for retry_for: the alert ends in an error event, and the log counts such alerts.
Findings DomainCheck::given_up(const HostName& name, const Job& job, const error& failure) {
    ++alerts_given_up_;
    if (given_up_.allows(Clock::now()))
        log::warning("alerts are given up: Domain Stats did not answer within retry_for",
                     {{"given_up", alerts_given_up_},
                      {"reason", label(failure)},
                      {"detail", failure.message()},
                      {"kept_back", given_up_.kept_back()}});
    Findings out;
    out.event = domain_stats_error(job.alert, name.registrable(), words_of(failure));
    out.decision = "error";
    out.reason = label(failure);
    return out;
}

/// Its registry could not be asked: that is done later, and a new domain gives a second event.
std::optional<OpenAge> DomainCheck::open_age(const HostName& name, const Job& job,
                                             const DomainStatsAnswer& answer) {
    if (!ages_ || !answer.age_again_in || answer.verdict.category != unknown_category) return std::nullopt;
    if (ages_->size() >= OpenAges::most) {
        if (ages_refused_.allows(Clock::now()))
            log::warning("too many domains wait for their age; one that is new will not be reported later",
                         {{"domains", ages_->size()}, {"kept_back", ages_refused_.kept_back()}});
        return std::nullopt;
    }
    ages_->expect_one();
    const WallTime now = wall_seconds(WallClock::now());
    return OpenAge{std::string(name.registrable()), job.alert, now,
                   now + std::chrono::ceil<std::chrono::seconds>(*answer.age_again_in)};
}

void DomainCheck::report_outage(const Alert& alert, const error& failure) {
    if (!notices_.due(cause(failure), Clock::now())) return;
    log::warning("a question to Domain Stats failed",
                 {{"reason", label(failure)}, {"detail", failure.message()}, {"query", alert.query}});
    const auto name = HostName::parse(alert.query);
    const std::string_view domain = name ? name->registrable() : std::string_view();
    pipeline_.report(domain_stats_error(alert, domain, words_of(failure)));
}

}  // namespace enrichd

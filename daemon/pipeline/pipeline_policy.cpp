// Pipeline: which of the events that were found are reported.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/event_domain.hpp"
#include "model/severity.hpp"
#include "pipeline/pipeline.hpp"

namespace enrichd {
namespace {

/// `of` is an event, or what is remembered of one.
template <class Of>
Repeats::About about(const Job& job, const Of& of) {
    const std::string_view domain = of.about_agent ? std::string_view() : Pipeline::domain_of(job);
    return {job.alert.agent.id, domain, of.subject};
}

/// An event that comes so long after its alert says so.
constexpr Clock::duration late_after = std::chrono::minutes(1);

/// A burst is found in each of its alerts, and says nothing of what else these have.
SeverityFacts facts_of(const Job& job, const Event& event) {
    SeverityFacts facts;
    facts.found = (job.found - job.silences.removed() - burst_kinds) | event.findings;
    const bool by_list = event.findings.has(FindingKind::list);
    if (!by_list) facts.intelligence = event.confidence;
    if (job.marks.hit && facts.found.has(FindingKind::list)) facts.list = job.marks.hit->confidence;
    facts.age_days = EventDomain{Pipeline::domain_of(job), job.registered}.age_days();
    facts.agents = job.contact ? job.contact->agents : 0;
    facts.program = text_of_context(job.alert.context, before_process);
    facts.query_status = text_of_context(job.alert.context, before_query_status);
    return facts;
}

}  // namespace

std::string_view Pipeline::domain_of(const Job& job) {
    if (!job.progress.name) return {};
    const std::string_view domain = job.progress.name->registrable();
    return domain.empty() ? std::string_view(job.progress.name->text()) : domain;
}

/// Leaves out what was reported lately.
void Pipeline::apply_policy(Job& job) {
    auto& found = job.progress.found;
    const auto repeats =
        std::remove_if(found.begin(), found.end(), [&](const Event& event) { return is_repeat(job, event); });
    if (repeats == found.end()) return;
    found.erase(repeats, found.end());
    if (found.empty()) job.decision = {"repeat", "reported within policy.repeat_after"};
}

/// An active response was asked for, and is answered.
bool Pipeline::is_repeat(Job& job, const Event& event) {
    if (event.findings.empty() || job.destination == Destination::active_response) return false;
    const bool repeat = repeats_.is_repeat(about(job, event), event.findings, wall_seconds(WallClock::now()));
    if (repeat) counts_.suppressed.add("repeat");
    return repeat;
}

/// What is known only now, when it is reported.
void Pipeline::complete(Job& job, Event& event) {
    if (job.contact) event.insert("agents", std::to_string(job.contact->agents));
    if (job.contact && job.contact->first_on_agent) event.insert("first_on_agent", "true");
    if (!event.findings.empty()) {
        job.grade = grade_of(facts_of(job, event));
        event.insert("severity", '"' + std::string(label(job.grade.severity)) + '"');
    }
    if (job.late || Clock::now() - job.received >= late_after) event.insert("late", "true");
    note_reported(job, event);
}

/// Before it is delivered: what comes next must not report the same.
void Pipeline::note_reported(Job& job, Event& event) {
    if (event.findings.empty() || job.destination == Destination::active_response) return;
    job.progress.reported.push_back({event.subject, event.about_agent, event.findings});
    recent_events_.note(domain_of(job), event);
    const std::uint32_t left_out =
        repeats_.note(about(job, event), event.findings, wall_seconds(WallClock::now()));
    if (left_out > 0) event.insert("repeats", std::to_string(left_out));
}

/// The alert comes again, since its events could not be kept.
void Pipeline::take_back(Job& job) {
    for (const ReportedEvent& one : job.progress.reported) repeats_.take_back(about(job, one), one.findings);
    job.progress.reported.clear();
}

}  // namespace enrichd

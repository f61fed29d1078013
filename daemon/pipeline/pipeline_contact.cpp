// Pipeline: which agents have asked for a domain, here and on other hosts.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/pipeline.hpp"
#include "pipeline/sha256.hpp"

namespace enrichd {
namespace {

/// A first contact is claimed by its domain.
KindSet shared_findings(const Event& event) {
    return event.findings - KindSet{FindingKind::first_contact};
}

/// Whether another host with the same alert may report the same.
bool is_shared(const Job& job, const Event& event) {
    return job.hash != 0 && !shared_findings(event).empty();
}

/// The same on all hosts, of an event that says the same of the same alert.
std::uint64_t shared_hash(std::uint64_t alert, const Event& event) {
    return short_hash(std::to_string(alert) + ' ' + std::to_string(shared_findings(event).bits()) + ' ' +
                      event.subject);
}

}  // namespace

void Pipeline::look_up_contact(Job& job) {
    if (!prevalence_ || !prevalence_->in_use() || job.contact) return;
    if (job.destination == Destination::active_response) return;  // it asks for what an alert has asked for
    job.contact = prevalence_->known(domain_of(job), job.alert.agent.id, wall_seconds(WallClock::now()));
    // One that comes out of the journal was noted when it was put there, unless agents were not counted then.
    job.contact_is_new = !job.contact && !job.number;
}

/// An agent that was never seen gets its number when the alert becomes durable.
void Pipeline::note_name(Job& job) {
    if (!asked_names_ || !job.to_be_noted) return;
    const bool noted =
        asked_names_->note(job.progress.name->text(), domain_of(job), job.alert.agent.id, *job.to_be_noted);
    if (noted) job.to_be_noted.reset();
}

/// The alert becomes durable with what it has left so far.
task<result<AlertNumber>> Pipeline::add_to_journal(Job& job, KeptAlert alert, bool in_progress) {
    Step step = std::exchange(job.step, Step());
    if (job.contact_is_new)
        step.contact =
            prevalence_->new_contact(domain_of(job), job.alert.agent.id, wall_seconds(WallClock::now()));
    const std::optional<NewAgentContact> contact = step.contact;
    auto number = co_await journal_->add(std::move(alert), in_progress, std::move(step));
    if (number && contact) {
        prevalence_->noted(*contact);
        job.contact_is_new = false;
        job.agent_to_be_shared = true;
        if (contact->found->contact.agents > 0) job.contact = contact->found->contact;
        note_name(job);
    }
    co_return number;
}

/// For an alert that asks nobody: it becomes durable all the same, so that its agent is counted once whatever
/// comes. When it cannot, its events are worth more than the count.
task<void> Pipeline::note_contact(Job& job) {
    if (!job.contact_is_new || job.number || !journal_) co_return;
    auto number = co_await add_to_journal(job, kept(job), true);
    job.contact_is_new = false;
    if (number)
        job.number = *number;
    else
        ++counts_.contacts_not_noted;
}

/// Whether something is to be reported that another host may report too.
bool Pipeline::asks_others(Job& job) {
    if (!others_ || !others_->share() || job.destination == Destination::active_response) return false;
    if (SelfTests::is_name(job.progress.name->text())) return false;
    apply_policy(job);
    return std::any_of(job.progress.found.begin(), job.progress.found.end(),
                       [](const Event& event) { return !event.findings.empty(); });
}

task<void> Pipeline::ask_others(Job& job) {
    if (!asks_others(job)) co_return;
    std::vector<std::uint64_t> events;
    for (const Event& event : job.progress.found)
        if (is_shared(job, event)) events.push_back(shared_hash(job.hash, event));
    std::string domain(domain_of(job));
    std::string agent = job.contact ? job.alert.agent.id : std::string();
    const Elsewhere found =
        co_await others_->before_report(std::move(events), std::move(domain), std::move(agent));
    if (job.contact) job.contact->agents = std::max(job.contact->agents, found.agents);
    if (job.contact && found.agent_is_new) {
        const bool first_time = job.agent_to_be_shared && job.progress.resume_at.empty();
        if (first_time && !*found.agent_is_new) job.contact->first_on_agent = false;
    }
    if (found.agents > 0) job.agent_to_be_shared = false;
    leave_to_others(job, found);
}

/// What another host reports is not reported here, unless it is a first contact: the event there is without.
void Pipeline::leave_to_others(Job& job, const Elsewhere& elsewhere) {
    if (elsewhere.reported.empty()) return;
    auto asked = elsewhere.reported.begin();
    boost::container::small_vector<Event, 2> left;
    for (Event& event : job.progress.found) {
        const bool reported = is_shared(job, event) && *asked++;
        if (reported && !event.findings.has(FindingKind::first_contact))
            counts_.suppressed.add("another_host");
        else
            left.push_back(std::move(event));
    }
    if (left.empty()) job.decision = {"repeat", "another host reports this alert"};
    job.progress.found = std::move(left);
}

/// Nothing was reported of it, or they could not be asked.
void Pipeline::tell_others(Job& job) {
    if (!others_ || !others_->share() || !std::exchange(job.agent_to_be_shared, false)) return;
    others_->note_agent(domain_of(job), job.alert.agent.id);
}

}  // namespace enrichd

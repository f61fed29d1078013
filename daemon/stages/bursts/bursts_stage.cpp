#include "stages/bursts/bursts_stage.hpp"

#include <algorithm>
#include <string>

#include "base/units.hpp"
#include "model/severity.hpp"
#include "pipeline/provider_labels.hpp"
#include "stages/bursts/bursts_event.hpp"
#include "stages/bursts/data_domains.hpp"

namespace enrichd {
namespace {

/// When the alert says that it was raised: what was held up somewhere comes all at once.
WallTime asked_at(const Job& job) {
    const WallTime now = wall_seconds(WallClock::now());
    const auto said = parse_iso_date(text_of_context(job.alert.context, before_time));
    return said ? std::min(*said, now) : now;
}

/// The agent, and the host that it has seen asking.
std::string asker_of(const Job& job) {
    std::string out = job.alert.agent.id;
    return out.append("\n").append(text_of_context(job.alert.context, before_client));
}

std::string program_of(const Job& job) {
    return asker_of(job).append("\n").append(text_of_context(job.alert.context, before_process));
}

}  // namespace

void BurstsStage::configure(const BurstsConfig& config) {
    config_ = config;
    missing_.configure(std::max<std::size_t>(config.nxdomain.domains, 1), config.nxdomain.window);
    carried_.configure(config.tunnel.bytes, config.tunnel.window);
}

/// Most alerts end at two comparisons. Whether the agent is new to the domain the state file knows, when
/// memory does not: an alert that may be part of a burst is kept there first.
std::optional<Findings> BurstsStage::known(const HostName& name, const Job& job) {
    if (!job.contact && job.contact_is_new && is_missing(name, job)) return std::nullopt;
    return look(name, job);
}

/// The alert is in the state file.
task<result<Findings>> BurstsStage::ask(const HostName& name, Job& job) {
    co_return look(name, job);
}

Findings BurstsStage::look(const HostName& name, const Job& job) {
    Findings found;
    if (!note_missing(name, job, found)) note_carried(name, job, found);
    return found;
}

/// A domain that does not exist, and counts.
bool BurstsStage::is_missing(const HostName& name, const Job& job) const {
    constexpr FindingKind kind = FindingKind::nxdomain_burst;
    if (config_.nxdomain.domains == 0 || name.registrable().empty()) return false;
    if (!does_not_exist(text_of_context(job.alert.context, before_query_status))) return false;
    if (job.silences.allowed.has(kind) || job.silences.known.has(kind)) return false;
    return provider_of(name.registrable()).empty();
}

/// True when there is a burst.
bool BurstsStage::note_missing(const HostName& name, const Job& job, Findings& found) {
    constexpr FindingKind kind = FindingKind::nxdomain_burst;
    if (!job.contact || !job.contact->first_on_agent || !is_missing(name, job)) return false;
    const std::string_view domain = name.registrable();
    const RecentMissing* const burst = missing_.note(program_of(job), domain, asked_at(job), Clock::now());
    if (!burst) return false;
    found.kinds = {kind};
    if (!job.silences.give_event(found.kinds)) return true;
    found.event = nxdomain_event(job.alert, domain, *burst);
    found.event->about_agent = true;
    found.event->subject = program_of(job);
    found.reason = label(kind);
    return true;
}

bool BurstsStage::note_carried(const HostName& name, const Job& job, Findings& found) {
    constexpr FindingKind kind = FindingKind::tunnel;
    const std::string_view domain = name.registrable();
    if (config_.tunnel.bytes == 0 || domain.empty()) return false;
    if (name.text().size() <= domain.size() + CarriedBytes::least_host_part) return false;
    if (job.silences.allowed.has(kind) || job.silences.known.has(kind)) return false;
    if (carries_data_by_design(domain) || !provider_of(domain).empty()) return false;
    const std::string_view host =
        std::string_view(name.text()).substr(0, name.text().size() - domain.size() - 1);
    const std::string asker = asker_of(job);
    const Carried* const carried =
        carried_.note(asker + "\n" + std::string(domain), host, asked_at(job), Clock::now());
    if (!carried) return false;
    found.kinds = {kind};
    if (!job.silences.give_event(found.kinds)) return true;
    found.event = tunnel_event(job.alert, domain, *carried, config_.tunnel.window);
    found.event->subject = asker;
    found.reason = label(kind);
    return true;
}

}  // namespace enrichd

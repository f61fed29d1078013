#include "stages/otx/otx_stage.hpp"
#include "stages/otx/otx_event.hpp"

namespace enrichd {
namespace {

Findings findings_of(const Job& job, const HostName& name, const Finding& finding) {
    Findings out;
    if (!finding.hit()) return out;
    out.rank = job.rank;
    out.kinds = {FindingKind::otx};
    const bool answers = job.destination == Destination::active_response;  // somebody asked for it
    if (!answers && !job.silences.give_event(out.kinds)) return out;
    out.event = otx_event(job.alert, {name.registrable(), job.registered}, finding.subject, *finding.verdict,
                          job.destination, job.marks.lists);
    out.event->findings = out.kinds;
    out.reason = OtxStage::stage_name;
    return out;
}

/// It was to be asked for, whatever is wanted now.
bool waited_for_this(const Job& job) {
    return job.number && job.progress.at == job.progress.stage;
}

}  // namespace

std::optional<Findings> OtxStage::known(const HostName& name, const Job& job) {
    if (!may_ask(job) && !waited_for_this(job)) {
        const auto hit = reputation_.known_hit(name);
        return hit ? findings_of(job, name, *hit) : Findings();
    }
    const auto finding = reputation_.known(name);
    if (!finding && names_left_ == 0) return Findings();
    if (!finding) return std::nullopt;
    return findings_of(job, name, *finding);
}

task<result<Findings>> OtxStage::ask(const HostName& name, Job& job) {
    --names_left_;
    const Clock::time_point limit = job.received + options_.retry_for;
    auto finding = co_await reputation_.ask(name, job.rank, limit);
    if (finding) co_return findings_of(job, name, *finding);
    const error failure = finding.error();
    if (failure == errc::cancelled || failure == errc::queue_full || failure == errc::filtered)
        co_return failure;
    co_return Findings();  // counted and logged where it was given up
}

}  // namespace enrichd

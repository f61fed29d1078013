#include "stages/lists/lists_stage.hpp"

#include <utility>

#include "stages/lists/lists_event.hpp"

namespace enrichd {

std::optional<Findings> ListsStage::known(const HostName& name, const Job& job) {
    Findings found;
    if (!job.marks.hit) return found;
    found.kinds = {FindingKind::list};
    if (!job.silences.give_event(found.kinds)) return found;
    found.event = list_event(job.alert, name.registrable(), job.marks);
    found.reason = stage_name;
    return found;
}

/// An alert of an earlier run that waited for another stage of this name; known() always knows.
task<result<Findings>> ListsStage::ask(const HostName& name, Job& job) {
    auto found = known(name, job);
    co_return *std::move(found);
}

}  // namespace enrichd

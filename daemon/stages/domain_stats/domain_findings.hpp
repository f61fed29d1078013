// The findings of an answer by kind, and an answer without some of them.
#pragma once

#include "model/finding_kind.hpp"
#include "pipeline/name_marks.hpp"
#include "stages/domain_stats/domain_stats_verdict.hpp"

namespace enrichd {

/// Adds what lists say of the domain: ISC's alerts and its date.
void add_marks(const NameMarks& marks, DomainStatsAnswer& answer);

/// None of an answer that is not worth an event.
KindSet kinds_of(const DomainStatsAnswer& answer);

/// Leaves the alerts of these kinds out; without new_domain the category NEW is UNKNOWN, since rules are
/// written for it.
void remove_findings(KindSet kinds, DomainStatsAnswer& answer);

}  // namespace enrichd

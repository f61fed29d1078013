// A verdict as Domain Stats gives it for a new domain that looks random.
#pragma once

#include "stages/domain_stats/domain_stats_verdict.hpp"

namespace enrichd::test {

inline DomainStatsVerdict typical_verdict() {
    DomainStatsVerdict out;
    out.alerts = {"LOW-FREQ-SCORES"};
    out.category = "NEW";
    out.freq_scores = {3.1472, 4.0133};
    out.seen_by_isc = "NA";
    out.seen_by_web = "Tue, 03 Nov 2026 07:12:41 GMT";
    out.seen_by_you = "Thu, 26 Nov 2026 09:30:05 GMT";
    return out;
}

}  // namespace enrichd::test

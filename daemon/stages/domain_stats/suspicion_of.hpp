// How suspicious a name is by what the domain check says of it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "model/suspicion.hpp"
#include "stages/domain_stats/domain_stats_verdict.hpp"

namespace enrichd {

/// By what an event says: its category and its alerts.
inline Suspicion suspicion_of(std::string_view category, const std::vector<std::string>& alerts) {
    const auto says = [&](std::string_view mark) {
        return std::any_of(alerts.begin(), alerts.end(),
                           [mark](const std::string& alert) { return alert.starts_with(mark); });
    };
    if (category == "NEW") return Suspicion::new_domain;
    if (says("LOW-FREQ-SCORE")) return Suspicion::low_frequency;
    if (says("SUSPECT-FREQ-SCORE")) return Suspicion::suspect_frequency;
    return alerts.empty() ? Suspicion::none : Suspicion::first_contact;
}

inline Suspicion suspicion_of(const DomainStatsAnswer& answer) {
    const Suspicion by_verdict = suspicion_of(answer.verdict.category, answer.verdict.alerts);
    return answer.first_contact ? std::max(by_verdict, Suspicion::first_contact) : by_verdict;
}

}  // namespace enrichd

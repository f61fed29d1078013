#include "stages/domain_stats/domain_findings.hpp"

#include <string>
#include <string_view>

namespace enrichd {
namespace {

FindingKind kind_of_alert(std::string_view alert) {
    if (alert.starts_with("LOW-FREQ-SCORE")) return FindingKind::low_frequency;
    if (alert.starts_with("SUSPECT-FREQ-SCORE")) return FindingKind::suspect_frequency;
    if (alert == first_contact_alert)
        return FindingKind::first_contact;  // of a verb's fact: answers have it apart
    if (alert == isc_first_seen_alert) return FindingKind::isc_first_seen;
    if (alert == isc_warning_alert) return FindingKind::isc_warning;
    return FindingKind::other;
}

}  // namespace

void add_marks(const NameMarks& marks, DomainStatsAnswer& answer) {
    for (const std::string_view alert : marks.alerts) answer.verdict.alerts.emplace_back(alert);
    if (!marks.seen_by_isc.empty()) answer.verdict.seen_by_isc = marks.seen_by_isc;
}

KindSet kinds_of(const DomainStatsAnswer& answer) {
    KindSet out;
    if (!worth_an_event(answer)) return out;
    if (answer.verdict.category == "NEW") out.add(FindingKind::new_domain);
    if (answer.first_contact) out.add(FindingKind::first_contact);
    for (const std::string& alert : answer.verdict.alerts) out.add(kind_of_alert(alert));
    return out;
}

void remove_findings(KindSet kinds, DomainStatsAnswer& answer) {
    if (kinds.has(FindingKind::new_domain) && answer.verdict.category == "NEW")
        answer.verdict.category = unknown_category;
    if (kinds.has(FindingKind::first_contact)) answer.first_contact = false;
    std::erase_if(answer.verdict.alerts,
                  [kinds](const std::string& alert) { return kinds.has(kind_of_alert(alert)); });
}

}  // namespace enrichd

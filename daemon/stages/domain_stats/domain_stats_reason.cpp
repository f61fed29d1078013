#include "stages/domain_stats/domain_stats_reason.hpp"

#include <algorithm>
#include <string_view>

#include "pipeline/name_marks.hpp"
#include "stages/domain_stats/suspicion_of.hpp"

namespace enrichd {
namespace {

/// "looks random" when both scores are low, "looks unusual" when one is; else empty.
std::string_view looks_of(const DomainStatsVerdict& verdict) {
    const Suspicion by_name = suspicion_of("", verdict.alerts);
    if (by_name == Suspicion::low_frequency) return "looks random";
    if (by_name == Suspicion::suspect_frequency) return "looks unusual";
    return {};
}

bool says(const DomainStatsVerdict& verdict, std::string_view alert) {
    return std::find(verdict.alerts.begin(), verdict.alerts.end(), alert) != verdict.alerts.end();
}

}  // namespace

std::string reason_of(const EventDomain& domain, const DomainStatsAnswer& answer) {
    const std::string_view name = domain.name.empty() ? "a domain" : domain.name;
    const std::string registered = domain.registered_when();
    const std::string_view looks = looks_of(answer.verdict);
    std::string out;
    out.reserve(128 + name.size());
    if (answer.first_contact) {
        out.append("First contact of this network with ").append(name);
        if (!registered.empty()) out.append(", ").append(registered);
    } else if (answer.verdict.category == "NEW") {
        out.append("The domain ").append(name).append(" is new");
        if (!registered.empty()) out.append(", ").append(registered);
    } else if (!looks.empty()) {
        out.append("The name of ").append(name);
        if (!registered.empty()) out.append(", ").append(registered).append(",");
        return out.append(" ").append(looks).append(".");
    } else if (says(answer.verdict, isc_warning_alert) || says(answer.verdict, isc_first_seen_alert)) {
        const bool warns = says(answer.verdict, isc_warning_alert);
        out.append(warns ? "The Internet Storm Center warns of " : "The Internet Storm Center saw ")
            .append(name);
        if (!warns) out.append(" lately for the first time");
        return out.append(".");
    } else {
        return out.append("The Domain Stats server has an alert for ").append(name).append(".");
    }
    if (!looks.empty()) out.append("; its name ").append(looks);
    return out.append(".");
}

}  // namespace enrichd

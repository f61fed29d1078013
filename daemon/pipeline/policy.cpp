#include "pipeline/policy.hpp"

namespace enrichd {
namespace {

constexpr KindSet first_contact_and_scores{FindingKind::first_contact, FindingKind::low_frequency,
                                           FindingKind::suspect_frequency};

/// In the first days each agent asks for everything for the first time.
constexpr KindSet while_learning = first_contact_and_scores | KindSet{FindingKind::nxdomain_burst};

}  // namespace

std::string_view Silences::reason(KindSet found) const {
    const auto covers = [found](KindSet set) { return !(found & set).empty(); };
    if (covers(allowed)) return "allowed";
    if (covers(known)) return "known";
    if (covers(learning)) return "learning";
    if (covers(off)) return "off";
    return "label";
}

void Policy::configure(const PolicyOptions& options) {
    options_ = options;
    off_ = label_ = {};
    for (std::size_t i = 0; i < options_.report.size(); ++i) {
        if (options_.report[i] == ReportAs::off) off_.add(static_cast<FindingKind>(i));
        if (options_.report[i] == ReportAs::label) label_.add(static_cast<FindingKind>(i));
    }
}

std::optional<WallTime> Policy::learns_until(WallTime now) const {
    if (options_.learn_for.count() == 0 || !first_start_) return std::nullopt;
    const WallTime end = *first_start_ + std::chrono::floor<std::chrono::seconds>(options_.learn_for);
    // A clock that was ahead at the first start must not make it learn for ever.
    if (now >= end || *first_start_ > now + std::chrono::hours(24)) return std::nullopt;
    return end;
}

Silences Policy::silences(const NameMarks& marks, WallTime now) const {
    Silences out;
    out.allowed = marks.allowed;
    if (marks.known) out.known = first_contact_and_scores | burst_kinds;
    if (options_.learn_for.count() > 0 && learns_until(now)) out.learning = while_learning;
    out.off = off_;
    out.label = label_;
    return out;
}

}  // namespace enrichd

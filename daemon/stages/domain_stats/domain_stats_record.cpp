#include "stages/domain_stats/domain_stats_record.hpp"

#include "model/json_record.hpp"

namespace enrichd {
namespace {

template <class Visitor, class Verdict>
void visit_domain_stats(Visitor&& field, Verdict& verdict) {
    field("alerts", verdict.alerts);
    field("category", verdict.category);
    field("freq_scores", verdict.freq_scores);
    field("freq_text", verdict.freq_text);
    field("seen_by_isc", verdict.seen_by_isc);
    field("seen_by_web", verdict.seen_by_web);
    field("seen_by_you", verdict.seen_by_you);
    field("age_failure", verdict.age_failure);
    field("truncated", verdict.truncated);
}

}  // namespace

result<DomainStatsVerdict> domain_stats_verdict_of(std::string_view record) {
    return json_record::read<DomainStatsVerdict>(record,
                                                 [](const nlohmann::json& in, DomainStatsVerdict& verdict) {
                                                     visit_domain_stats(json_record::Reader(in), verdict);
                                                 });
}

}  // namespace enrichd

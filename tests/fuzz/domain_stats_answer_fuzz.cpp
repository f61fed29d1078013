// Answers of a Domain Stats server, to the events and records that are made of them.
#include <cmath>

#include "fuzz.hpp"
#include "model/event.hpp"
#include "model/suspicion.hpp"
#include "stages/domain_stats/domain_stats_event.hpp"
#include "stages/domain_stats/packed_verdict.hpp"
#include "stages/domain_stats/suspicion_of.hpp"

namespace enrichd::fuzz {
namespace {

void require_bounds(const DomainStatsVerdict& verdict) {
    require(verdict.alerts.size() <= 16 && verdict.freq_scores.size() <= 8);
    require(verdict.freq_scores.empty() || verdict.freq_text.empty());
    for (const double score : verdict.freq_scores) require(std::isfinite(score));
    for (const std::string& alert : verdict.alerts) {
        require_text(alert, 512);
        require(!alert.empty() && alert != first_contact_alert);
    }
    for (const std::string* text : {&verdict.category, &verdict.freq_text, &verdict.seen_by_isc,
                                    &verdict.seen_by_web, &verdict.seen_by_you})
        require_text(*text, 512);
}

/// What we write we read as the same.
void require_round_trips(const DomainStatsAnswer& answer) {
    const auto kept = PackedVerdict::read(PackedVerdict(answer.verdict).bytes());
    require(kept && kept->unpack() == answer.verdict);

    const std::string written = to_domain_stats_json(answer.verdict, answer.first_contact);
    const auto again = parse_domain_stats(written);
    require(again && again->first_contact == answer.first_contact);
    DomainStatsVerdict whole = answer.verdict;
    whole.truncated = false;
    require(again->verdict == whole);
    require(suspicion_of(*again) == suspicion_of(answer));
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    static const Alert alert{"1795493062.0", {"001", "pc-17", "10.0.0.1"}, "www.harbour.com"};
    const auto answer = parse_domain_stats(fuzz::input(data, size));
    if (!answer) return 0;
    fuzz::require_bounds(answer->verdict);
    fuzz::require_round_trips(*answer);
    const Event event = domain_stats_event(alert, {"harbour.com"}, *answer);
    fuzz::require_event(event);
    fuzz::require(event.json.size() <= max_event_bytes);
    fuzz::require(heap_bytes(answer->verdict) < std::size_t{64} * 1024);
    fuzz::require(answer->verdict.category != "NEW" || worth_an_event(*answer));
    return 0;
}

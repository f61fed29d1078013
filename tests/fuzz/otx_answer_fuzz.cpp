// Answers of OTX, through the filters, to the events and records that are made of them.
#include "fuzz.hpp"
#include "stages/otx/otx_event.hpp"
#include "stages/otx/otx_record.hpp"
#include "stages/otx/pulse_filter.hpp"

namespace enrichd::fuzz {
namespace {

constexpr std::size_t max_text = 256;

void require_texts(const std::vector<std::string>& list, std::size_t most) {
    require(list.size() <= most);
    for (const std::string& text : list) require_text(text, max_text);
}

void require_bounds(const OtxAnswer& answer) {
    require(answer.pulses.size() <= 64);
    for (const Pulse& pulse : answer.pulses) {
        for (const std::string* text : {&pulse.id, &pulse.name, &pulse.author, &pulse.modified,
                                        &pulse.adversary, &pulse.tlp, &pulse.cloned_from})
            require_text(*text, max_text);
        require_texts(pulse.tags, 2048);
        require_texts(pulse.malware_families, 16);
        require_texts(pulse.attack_ids, 16);
    }
    require_texts(answer.popular, 8);
    require_texts(answer.benign, 8);
    require_texts(answer.sections, 16);
    require_text(answer.base_indicator, 2048);
    require(nlohmann::json::parse(answer.base_indicator).is_object());
}

void look_at(const OtxVerdict& verdict, std::size_t pulses) {
    static const Alert alert{"1795493062.0", {"001", "pc-17", "10.0.0.1"}, "www.harbour.com"};
    require(verdict.pulse_count <= pulses && verdict.pulses.size() <= 16);
    require(verdict.hit() == !verdict.pulses.empty() && verdict.pulses.size() <= verdict.pulse_count);
    require(!verdict.reasons.empty());
    // That with the agent in it is the longer one.
    require_event(
        otx_event(alert, {"harbour.com"}, OtxSubject::hostname, verdict, Destination::active_response));

    const std::string record = to_record(verdict);
    const auto kept = otx_verdict_of(record);
    require(kept.has_value());
    require(to_record(*kept) == record && kept->pulses == verdict.pulses);
    require(kept->confidence == verdict.confidence && kept->base_indicator == verdict.base_indicator);
    require(heap_bytes(std::make_shared<const OtxVerdict>(*kept)) < std::size_t{512} * 1024);
}

PulseFilter strict() {
    PulseFilter out;
    out.authors.clear();
    out.min_pulses = 2;
    out.max_age_days = 365;
    out.require_active = true;
    out.ignore_tags = {"Phishing"};
    return out;
}

}  // namespace
}  // namespace enrichd::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace enrichd;
    constexpr WallTime now{std::chrono::seconds(1'795'492'550)};
    static const std::array<PulseFilter, 2> filters{PulseFilter(), fuzz::strict()};
    const auto answer = parse_otx(fuzz::input(data, size), "www.harbour.com");
    if (!answer) return 0;
    fuzz::require_bounds(*answer);
    // One of both for each input: it costs what reading does.
    fuzz::look_at(verdict_of(*answer, filters[size % filters.size()], now), answer->pulses.size());
    return 0;
}

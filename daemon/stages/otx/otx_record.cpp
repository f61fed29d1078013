#include "stages/otx/otx_record.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "model/json_record.hpp"

namespace enrichd {
namespace {

using json_record::Reader;
using json_record::Writer;
using nlohmann::json;

template <class Visitor, class PulseType>
void visit_pulse(Visitor&& field, PulseType& pulse) {
    field("id", pulse.id);
    field("name", pulse.name);
    field("author", pulse.author);
    field("modified", pulse.modified);
    field("tags", pulse.tags);
    field("malware_families", pulse.malware_families);
    field("attack_ids", pulse.attack_ids);
    field("adversary", pulse.adversary);
    field("tlp", pulse.tlp);
    field("cloned_from", pulse.cloned_from);
}

template <class Visitor, class Verdict>
void visit_otx(Visitor&& field, Verdict& verdict) {
    field("pulse_count", verdict.pulse_count);
    field("reasons", verdict.reasons);
    field("sections", verdict.sections);
    field("type", verdict.type);
    field("refused", verdict.refused);
}

/// What an event can hold: an object, and no larger than parse_otx leaves one.
bool base_indicator(std::string_view text) {
    constexpr std::size_t most = 2048;
    return text.size() <= most && text.starts_with('{') && json::accept(text);
}

bool too_large(const std::string& text) {
    return text.size() > 512;
}

bool too_large(const std::vector<std::string>& texts) {
    return texts.size() > 64 ||
           std::any_of(texts.begin(), texts.end(), [](const auto& one) { return too_large(one); });
}

/// More than parse_otx and the filter leave: nobody wrote it here, and no event could hold it.
bool too_large(const OtxVerdict& verdict) {
    const auto large = [](const Pulse& one) {
        bool out = false;
        visit_pulse([&out](const char*, const auto& value) { out = out || too_large(value); }, one);
        return out;
    };
    return verdict.pulses.size() > 16 || too_large(verdict.reasons) || too_large(verdict.sections) ||
           too_large(verdict.type) || std::any_of(verdict.pulses.begin(), verdict.pulses.end(), large);
}

}  // namespace

std::string to_record(const OtxVerdict& verdict) {
    Writer out;
    visit_otx(out, verdict);
    out("confidence", static_cast<int>(verdict.confidence));
    out("base_indicator", verdict.base_indicator);
    for (const Pulse& pulse : verdict.pulses) {
        Writer one;
        visit_pulse(one, pulse);
        one.value()["active"] = pulse.active;
        out.value()["pulses"].push_back(std::move(one.value()));
    }
    return out.text();
}

result<OtxVerdict> otx_verdict_of(std::string_view record) {
    auto read = json_record::read<OtxVerdict>(record, [](const json& in, OtxVerdict& verdict) {
        Reader field(in);
        visit_otx(field, verdict);
        field("base_indicator", verdict.base_indicator);
        std::size_t confidence = 0;
        field("confidence", confidence);
        if (confidence <= static_cast<std::size_t>(Confidence::high))
            verdict.confidence = static_cast<Confidence>(confidence);
        const json none = json::array();
        for (const json& one : in.contains("pulses") ? in["pulses"] : none) {
            Reader pulse_field(one);
            Pulse& pulse = verdict.pulses.emplace_back();
            visit_pulse(pulse_field, pulse);
            pulse_field("active", pulse.active);
        }
    });
    if (read && (!base_indicator(read->base_indicator) || too_large(*read))) return errc::body_wrong_shape;
    return read;
}

}  // namespace enrichd

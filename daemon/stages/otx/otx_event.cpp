#include "stages/otx/otx_event.hpp"

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "model/location.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

std::string compact(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// One step of making an event shorter; false when nothing is left that could go.
using Cut = std::function<bool(Json& whole)>;

std::string fitting(Json whole, const Cut& cut) {
    std::string text = compact(whole);
    while (text.size() > max_event_bytes && cut(whole)) {
        whole["otx"]["truncated"] = true;
        text = compact(whole);
    }
    return text;
}

bool drop_last(Json& list) {
    if (list.empty()) return false;
    list.erase(list.size() - 1);
    return true;
}

Json pulse_json(const Pulse& pulse) {
    Json out{{"id", pulse.id},
             {"name", pulse.name},
             {"author", pulse.author},
             {"modified", pulse.modified},
             {"tags", pulse.tags},
             {"malware_families", pulse.malware_families},
             {"attack_ids", pulse.attack_ids},
             {"adversary", pulse.adversary},
             {"tlp", pulse.tlp}};
    if (!pulse.active) out["active"] = false;
    return out;
}

bool shorten_lists(Json& pulses, std::size_t most) {
    bool shortened = false;
    for (Json& pulse : pulses)
        for (const char* key : {"tags", "attack_ids", "malware_families"})
            while (pulse[key].size() > most) shortened = drop_last(pulse[key]);
    return shortened;
}

/// Long lists first, then the pulses that say least, then what only decorates.
bool cut_otx(Json& whole) {
    constexpr std::array<std::size_t, 2> list_lengths{8, 4};
    Json& pulses = whole["otx"]["pulses"];
    for (const std::size_t most : list_lengths)
        if (shorten_lists(pulses, most)) return true;
    if (pulses.size() > 1) return drop_last(pulses);
    if (!whole["base_indicator"].empty()) {
        whole["base_indicator"] = Json::object();
        return true;
    }
    return shorten_lists(pulses, 0) || drop_last(whole["otx"]["reasons"]);
}

}  // namespace

Event otx_event(const Alert& alert, OtxSubject matched, const OtxVerdict& verdict, Destination destination) {
    Json otx{{"query", alert.query},
             {"matched", label(matched)},
             {"pulse_count", verdict.pulse_count},
             {"pulses", Json::array()},
             {"confidence", label(verdict.confidence)},
             {"reasons", verdict.reasons}};
    for (const Pulse& pulse : verdict.pulses) otx["pulses"].push_back(pulse_json(pulse));
    otx["alert_id"] = alert.id;
    if (destination == Destination::active_response)
        otx["agent"] = {{"id", alert.agent.id}, {"name", alert.agent.name}, {"ip", alert.agent.ip}};
    Json whole{{"integration", "otx"},
               {"otx", std::move(otx)},
               {"sections", verdict.sections},
               {"type", verdict.type},
               {"base_indicator", Json::parse(verdict.base_indicator)}};
    return {"otx", location(alert.agent, "otx"), alert.agent, fitting(std::move(whole), cut_otx),
            destination};
}

}  // namespace enrichd

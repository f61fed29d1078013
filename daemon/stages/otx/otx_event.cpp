#include "stages/otx/otx_event.hpp"

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/location.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

std::string compact(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// One step of making an event shorter; false when nothing is left that could go.
using Cut = std::function<bool(Json& whole)>;

std::string fitting(Json& whole, const Cut& cut) {
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

bool shorten_source(Json& otx) {
    if (!otx.contains("source")) return false;
    std::string context = compact(otx["source"]);
    if (!shorten_context(context)) return false;
    if (context.empty())
        otx.erase("source");
    else
        otx["source"] = Json::parse(context);
    return true;
}

/// The answers of the context first, then the ends of its long texts; then long lists, then the pulses that
/// say least, then what only decorates, then the context.
bool cut_otx(Json& whole) {
    constexpr std::array<std::size_t, 2> list_lengths{8, 4};
    if (shorten_source(whole["otx"])) return true;
    Json& pulses = whole["otx"]["pulses"];
    for (const std::size_t most : list_lengths)
        if (shorten_lists(pulses, most)) return true;
    if (pulses.size() > 1) return drop_last(pulses);
    if (!whole["base_indicator"].empty()) {
        whole["base_indicator"] = Json::object();
        return true;
    }
    return shorten_lists(pulses, 0) || drop_last(whole["otx"]["reasons"]) || whole["otx"].erase("source") > 0;
}

/// "OTX lists www.example.com in 3 pulses, with high confidence."
std::string reason_of(const Alert& alert, const EventDomain& domain, OtxSubject matched,
                      const OtxVerdict& verdict) {
    constexpr std::size_t longest_name = 253;
    const bool by_domain = matched == OtxSubject::domain || alert.query.size() > longest_name;
    std::string out = "OTX lists ";
    out.append(by_domain ? domain.name : std::string_view(alert.query));
    out.append(" in ").append(std::to_string(verdict.pulse_count));
    out.append(verdict.pulse_count == 1 ? " pulse" : " pulses");
    return out.append(", with ").append(label(verdict.confidence)).append(" confidence.");
}

}  // namespace

Event otx_event(const Alert& alert, const EventDomain& domain, OtxSubject matched, const OtxVerdict& verdict,
                Destination destination, std::span<const std::string> lists) {
    Json otx{{"query", alert.query},
             {"matched", label(matched)},
             {"pulse_count", verdict.pulse_count},
             {"pulses", Json::array()},
             {"confidence", label(verdict.confidence)},
             {"reasons", verdict.reasons}};
    for (const Pulse& pulse : verdict.pulses) otx["pulses"].push_back(pulse_json(pulse));
    otx["alert_id"] = alert.id;
    if (!domain.name.empty()) otx["domain"] = domain.name;
    if (const auto days = domain.age_days()) otx["age_days"] = *days;
    if (domain.registered) otx["registered"] = domain.registered_on();
    otx["reason"] = reason_of(alert, domain, matched, verdict);
    if (!lists.empty()) otx["lists"] = std::vector<std::string>(lists.begin(), lists.end());
    if (!alert.context.empty()) otx["source"] = Json::parse(alert.context, nullptr, false);
    if (destination == Destination::active_response)
        otx["agent"] = {{"id", alert.agent.id}, {"name", alert.agent.name}, {"ip", alert.agent.ip}};
    Json whole{{"integration", "otx"},
               {"otx", std::move(otx)},
               {"sections", verdict.sections},
               {"type", verdict.type},
               {"base_indicator", Json::parse(verdict.base_indicator)}};
    std::string json = fitting(whole, cut_otx);
    Event event{"otx", location(alert.agent, "otx"), alert.agent, std::move(json), destination};
    constexpr std::string_view before = R"({"integration":"otx","otx":)";
    event.more_at = before.size() + compact(whole["otx"]).size() - 1;
    event.confidence = label(verdict.confidence);
    return event;
}

}  // namespace enrichd

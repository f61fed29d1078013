#include "model/event.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "model/json_text.hpp"
#include "model/location.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view source = "dns_stats";

std::string compact(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Writes `"key":` and a value, the first of them after what stands there already.
class Fields {
  public:
    explicit Fields(std::string& out) : out_(out) {}

    template <class Value>
    void operator()(std::string_view key, const Value& value) {
        name(key);
        append_json(out_, value);
    }
    template <class T>
    void operator()(std::string_view key, std::span<const T> list) {
        name(key);
        out_.push_back('[');
        for (const T& one : list) {
            if (&one != list.data()) out_.push_back(',');
            append_json(out_, one);
        }
        out_.push_back(']');
    }
    void flag(std::string_view key) {
        name(key);
        out_.append("true");
    }

  private:
    void name(std::string_view key) {
        if (out_.back() != '{') out_.push_back(',');
        out_.append("\"").append(key).append("\":");
    }
    std::string& out_;
};

constexpr std::string_view dnsstat_head = R"({"integration":"dnsstat","dnsstat":{)";

/// With so many of its alerts, the first ones.
std::string verdict_text(const Alert& alert, const DomainStatsVerdict& verdict,
                         std::span<const std::string> alerts, bool truncated) {
    std::string out;
    out.reserve(512);
    out.append(dnsstat_head);
    Fields field(out);
    field("query", alert.query);
    field("alerts", alerts);
    field("category", verdict.category);
    if (!verdict.freq_scores.empty())
        field("freq_score", std::span<const double>(verdict.freq_scores));
    else if (!verdict.freq_text.empty())
        field("freq_score", verdict.freq_text);
    field("seen_by_isc", verdict.seen_by_isc);
    field("seen_by_web", verdict.seen_by_web);
    field("seen_by_you", verdict.seen_by_you);
    if (!verdict.age_failure.empty()) field("age_error", verdict.age_failure);
    field("alert_id", alert.id);
    if (truncated) field.flag("truncated");
    return out.append("}}");
}

Event dnsstat_event(std::string_view kind, const Alert& alert, std::string json) {
    return {kind, location(alert.agent, source), alert.agent, std::move(json)};
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

/// Long lists first, then the pulses that tell least, then what only decorates.
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

Event domain_stats_event(const Alert& alert, const DomainStatsAnswer& answer) {
    std::vector<std::string> with_first_contact;
    std::span<const std::string> alerts = answer.verdict.alerts;
    if (answer.first_contact) alerts = with_first_contact = alerts_of(answer.verdict, true);
    std::string json = verdict_text(alert, answer.verdict, alerts, answer.verdict.truncated);
    while (json.size() > max_event_bytes && !alerts.empty()) {
        alerts = alerts.first(alerts.size() - 1);
        json = verdict_text(alert, answer.verdict, alerts, true);
    }
    return dnsstat_event("domain_stats", alert, std::move(json));
}

Event domain_stats_error(const Alert& alert, std::string_view text) {
    std::string json(dnsstat_head);
    Fields field(json);
    field("query", alert.query);
    field("error", text);
    field("alert_id", alert.id);
    return dnsstat_event("domain_stats_error", alert, json.append("}}"));
}

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

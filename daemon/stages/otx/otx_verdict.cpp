#include "stages/otx/otx_verdict.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/heap_bytes.hpp"
#include "model/host_name.hpp"
#include "model/json_fields.hpp"

namespace enrichd {
namespace {

using nlohmann::json;

constexpr std::size_t max_pulses = 64;  // OTX gives 50
constexpr std::size_t max_list = 16;
constexpr std::size_t max_tags = 2048;  // the filter looks at all; few are kept
constexpr std::size_t max_section = 32;
constexpr std::size_t max_notes = 8;
constexpr std::size_t max_text = 256;
constexpr std::size_t max_base_indicator = 2048;
constexpr std::size_t max_indicator = 1024;

/// Most of an answer is descriptions and references; what nobody reads is not kept.
bool wanted(std::string_view key, int depth) {
    static constexpr std::array<std::string_view, 25> anywhere{"sections",
                                                               "type",
                                                               "base_indicator",
                                                               "pulse_info",
                                                               "count",
                                                               "pulses",
                                                               "id",
                                                               "name",
                                                               "author",
                                                               "username",
                                                               "modified",
                                                               "tags",
                                                               "malware_families",
                                                               "attack_ids",
                                                               "display_name",
                                                               "adversary",
                                                               "TLP",
                                                               "cloned_from",
                                                               "related_indicator_is_active",
                                                               "validation",
                                                               "source",
                                                               "message",
                                                               "false_positive",
                                                               "assessment",
                                                               "detail"};
    static constexpr std::array<std::string_view, 6> of_base_indicator{
        "indicator", "title", "description", "content", "access_type", "access_reason"};
    const auto in = [key](const auto& keys) {
        return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    return in(anywhere) || (depth == 1 && key == "indicator") || (depth == 2 && in(of_base_indicator));
}

const JsonBounds& bounds() {
    // 50 pulses of 2,000 tags are the most that was ever estimated; each value kept costs some 60 bytes.
    static const JsonBounds bounds{32, 300'000, wanted};
    return bounds;
}

/// Families and attack ids are objects, or plain texts in older answers.
std::string name_in(const json& entry, std::size_t longest) {
    if (!entry.is_object()) return entry.is_string() ? text_of(entry, longest) : std::string();
    for (const char* key : {"display_name", "name", "id"})
        if (std::string text = text_at(entry, key, longest); !text.empty()) return text;
    return {};
}

std::vector<std::string> names_at(const json& object, const char* key, std::size_t most = max_list,
                                  std::size_t longest = max_text) {
    std::vector<std::string> out;
    for (const json& entry : list_at(object, key)) {
        if (out.size() == most) break;
        if (std::string name = name_in(entry, longest); !name.empty()) out.push_back(std::move(name));
    }
    return out;
}

bool is_false(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && (*found == 0 || *found == false);
}

Pulse read_pulse(const json& from) {
    Pulse pulse;
    pulse.id = text_at(from, "id", max_text);
    pulse.name = text_at(from, "name", max_text);
    if (const auto author = from.find("author"); author != from.end())
        pulse.author =
            author->is_string() ? text_of(*author, max_text) : text_at(*author, "username", max_text);
    pulse.modified = text_at(from, "modified", max_text);
    pulse.tags = names_at(from, "tags", max_tags);
    pulse.malware_families = names_at(from, "malware_families");
    pulse.attack_ids = names_at(from, "attack_ids");
    pulse.adversary = text_at(from, "adversary", max_text);
    pulse.tlp = text_at(from, "TLP", max_text);
    pulse.cloned_from = text_at(from, "cloned_from", max_text);
    pulse.active = !is_false(from, "related_indicator_is_active");
    return pulse;
}

void read_validation(const json& answer, OtxAnswer& out) {
    for (const json& one : list_at(answer, "validation")) {
        const std::string source = text_at(one, "source", max_text);
        std::string says = text_at(one, "message", max_text);
        if (says.empty()) says = text_at(one, "name", max_text);
        if (says.empty()) says = source;
        const bool popular = source == "alexa" || source == "akamai" || source == "majestic";
        const bool benign = source == "whitelist" || source == "false_positive";
        if (!popular && !benign) continue;
        std::vector<std::string>& notes = popular ? out.popular : out.benign;
        if (notes.size() < max_notes) notes.push_back(std::move(says));
    }
    for (const json& one : list_at(answer, "false_positive"))
        if (text_at(one, "assessment", max_text) == "accepted" && out.benign.size() < max_notes) {
            out.benign.emplace_back("accepted as a false positive");
            break;
        }
}

std::string read_base_indicator(const json& answer) {
    const auto found = answer.find("base_indicator");
    if (found == answer.end() || !found->is_object()) return "{}";
    json scalars = json::object();
    for (const auto& [key, value] : found->items())
        if (!value.is_structured()) scalars[key] = value.is_string() ? json(text_of(value, max_text)) : value;
    std::string text = scalars.dump(-1, ' ', false, json::error_handler_t::replace);
    return text.size() <= max_base_indicator ? text : "{}";
}

}  // namespace

std::string_view label(OtxSubject subject) {
    return subject == OtxSubject::hostname ? "hostname" : "domain";
}

std::size_t heap_bytes(const OtxVerdictPtr& verdict) {
    std::size_t sum = sizeof(OtxVerdict) + verdict->pulses.capacity() * sizeof(Pulse) +
                      heap_bytes(verdict->reasons) + heap_bytes(verdict->sections) +
                      heap_bytes(verdict->type) + heap_bytes(verdict->base_indicator);
    for (const Pulse& pulse : verdict->pulses) {
        for (const std::string* text : {&pulse.id, &pulse.name, &pulse.author, &pulse.modified,
                                        &pulse.adversary, &pulse.tlp, &pulse.cloned_from})
            sum += heap_bytes(*text);
        for (const auto* list : {&pulse.tags, &pulse.malware_families, &pulse.attack_ids})
            sum += heap_bytes(*list);
    }
    return sum;
}

result<OtxAnswer> parse_otx(std::string_view body, std::string_view name) {
    json answer;
    if (const error bad = parse_json(body, bounds(), answer)) return bad;
    if (!answer.is_object()) return errc::body_wrong_shape;
    const auto info = answer.find("pulse_info");
    if (info == answer.end() && answer.contains("detail")) return errc::rate_limited;
    if (info == answer.end() || !info->is_object()) return errc::body_wrong_shape;
    const std::string indicator = text_at(answer, "indicator", max_indicator);
    if (!indicator.empty() && !is_name(indicator, name)) return errc::other_name;

    OtxAnswer out;
    for (const json& pulse : list_at(*info, "pulses"))
        if (pulse.is_object() && out.pulses.size() < max_pulses) out.pulses.push_back(read_pulse(pulse));
    const auto count = info->find("count");
    const bool counted = count != info->end() && !(*count == 0);
    if (out.pulses.empty() && (counted || count == info->end())) return errc::body_wrong_shape;

    read_validation(answer, out);
    out.sections = names_at(answer, "sections", max_list, max_section);
    out.type = text_at(answer, "type", max_section);
    out.base_indicator = read_base_indicator(answer);
    return out;
}

}  // namespace enrichd

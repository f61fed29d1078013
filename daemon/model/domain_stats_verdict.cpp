#include "model/domain_stats_verdict.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace enrichd {
namespace {

using nlohmann::json;

constexpr std::size_t max_alerts = 16;
constexpr std::size_t max_scores = 8;
constexpr std::size_t max_text = 512;
constexpr int max_depth = 8;

/// A text as it is; anything else as JSON writes it; nothing for what is absent.
std::string text_of(const json& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return std::string(cut_utf8(value.get_ref<const std::string&>(), max_text));
    return std::string(cut_utf8(value.dump(-1, ' ', true), max_text));
}

bool too_long(const json& value) {
    return value.is_string() && value.get_ref<const std::string&>().size() > max_text;
}

std::string text_at(const json& answer, const char* key) {
    const auto found = answer.find(key);
    return found == answer.end() ? std::string() : text_of(*found);
}

void read_alerts(const json& alerts, DomainStatsAnswer& out) {
    const auto add = [&](const json& one) {
        std::string text = text_of(one);
        if (text == first_contact_alert)
            out.first_contact = true;
        else if (out.verdict.alerts.size() == max_alerts)
            out.verdict.truncated = true;
        else if (!text.empty())
            out.verdict.alerts.push_back(std::move(text));
        out.verdict.truncated = out.verdict.truncated || too_long(one);
    };
    if (alerts.is_array())
        for (const json& one : alerts) add(one);
    else
        add(alerts);
}

void read_scores(const json& scores, DomainStatsVerdict& out) {
    const bool numbers = scores.is_array() && !scores.empty() && scores.size() <= max_scores &&
                         std::all_of(scores.begin(), scores.end(), [](const json& one) {
                             return one.is_number() && std::isfinite(one.get<double>());
                         });
    if (numbers)
        out.freq_scores = scores.get<std::vector<double>>();
    else
        out.freq_text = text_of(scores);
}

json parse_bounded(std::string_view body) {
    bool deep = false;
    const auto shallow = [&](int depth, json::parse_event_t, json&) {
        deep = deep || depth > max_depth;
        return depth <= max_depth;
    };
    json answer = json::parse(body, shallow, false);
    return deep ? json(json::value_t::discarded) : answer;
}

}  // namespace

std::size_t DomainStatsVerdict::heap_bytes() const {
    const auto of = [](const std::string& text) { return text.capacity() > 15 ? text.capacity() + 1 : 0; };
    std::size_t sum = freq_scores.capacity() * sizeof(double) + alerts.capacity() * sizeof(std::string) +
                      of(category) + of(freq_text) + of(seen_by_isc) + of(seen_by_web) + of(seen_by_you);
    for (const std::string& alert : alerts) sum += of(alert);
    return sum;
}

bool worth_an_event(const DomainStatsAnswer& answer) {
    const bool alerted = answer.first_contact || !answer.verdict.alerts.empty();
    return answer.verdict.category == "NEW" || (alerted && answer.verdict.category != "ERROR");
}

result<DomainStatsAnswer> parse_domain_stats(std::string_view body) {
    if (!valid_utf8(body)) return parse_domain_stats(repaired_utf8(body));
    const json answer = parse_bounded(body);
    if (answer.is_discarded()) return errc::body_not_json;
    if (!answer.is_object() || (!answer.contains("alerts") && !answer.contains("category")))
        return errc::body_wrong_shape;

    DomainStatsAnswer out;
    if (const auto alerts = answer.find("alerts"); alerts != answer.end()) read_alerts(*alerts, out);
    if (const auto scores = answer.find("freq_score"); scores != answer.end())
        read_scores(*scores, out.verdict);
    out.verdict.category = text_at(answer, "category");
    out.verdict.seen_by_isc = text_at(answer, "seen_by_isc");
    out.verdict.seen_by_web = text_at(answer, "seen_by_web");
    out.verdict.seen_by_you = text_at(answer, "seen_by_you");
    return out;
}

}  // namespace enrichd

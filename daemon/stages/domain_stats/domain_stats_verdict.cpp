#include "stages/domain_stats/domain_stats_verdict.hpp"

#include <strings.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/heap_bytes.hpp"
#include "model/json_fields.hpp"

namespace enrichd {
namespace {

using nlohmann::json;

constexpr std::size_t max_alerts = 16;
constexpr std::size_t max_scores = 8;
constexpr std::size_t max_text = 512;

bool too_long(const json& value) {
    return value.is_string() && value.get_ref<const std::string&>().size() > max_text;
}

void read_alerts(const json& alerts, DomainStatsAnswer& out) {
    const auto add = [&](const json& one) {
        std::string text = text_of(one, max_text);
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
        out.freq_text = text_of(scores, max_text);
}

/// In upper case when it is one of ours, as rules compare it.
std::string category_of(std::string text) {
    for (const char* category : {"NEW", "ESTABLISHED", "ERROR"})
        if (::strcasecmp(text.c_str(), category) == 0) return category;
    return text;
}

}  // namespace

std::size_t heap_bytes(const DomainStatsVerdict& verdict) {
    return verdict.freq_scores.capacity() * sizeof(double) + heap_bytes(verdict.alerts) +
           heap_bytes(verdict.category) + heap_bytes(verdict.freq_text) + heap_bytes(verdict.seen_by_isc) +
           heap_bytes(verdict.seen_by_web) + heap_bytes(verdict.seen_by_you) +
           heap_bytes(verdict.age_failure);
}

bool established_by_a_list(const DomainStatsVerdict& verdict) {
    return verdict.category == "ESTABLISHED" && verdict.seen_by_web == unknown_category;
}

std::vector<std::string> alerts_of(const DomainStatsVerdict& verdict, bool first_contact) {
    std::vector<std::string> alerts = verdict.alerts;
    if (first_contact) {
        const auto rest = std::find_if(alerts.begin(), alerts.end(), [](const std::string& one) {
            return one.find("FREQ-SCORE") == std::string::npos;
        });
        alerts.emplace(rest, first_contact_alert);
    }
    return alerts;
}

std::string to_domain_stats_json(const DomainStatsVerdict& verdict, bool first_contact) {
    json alerts = alerts_of(verdict, first_contact);
    if (!verdict.age_failure.empty()) alerts.push_back(verdict.age_failure);
    json body{{"alerts", std::move(alerts)},
              {"category", verdict.category},
              {"seen_by_isc", verdict.seen_by_isc},
              {"seen_by_web", verdict.seen_by_web},
              {"seen_by_you", verdict.seen_by_you}};
    if (!verdict.freq_scores.empty())
        body["freq_score"] = verdict.freq_scores;
    else if (!verdict.freq_text.empty())
        body["freq_score"] = verdict.freq_text;
    return body.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

bool worth_an_event(const DomainStatsAnswer& answer) {
    const bool alerted = answer.first_contact || !answer.verdict.alerts.empty();
    return answer.verdict.category == "NEW" || (alerted && answer.verdict.category != "ERROR");
}

result<DomainStatsAnswer> parse_domain_stats(std::string_view body) {
    json answer;
    if (const error bad = parse_json(body, {}, answer)) return bad;
    if (!answer.is_object() || (!answer.contains("alerts") && !answer.contains("category")))
        return errc::body_wrong_shape;

    DomainStatsAnswer out;
    if (const auto alerts = answer.find("alerts"); alerts != answer.end()) read_alerts(*alerts, out);
    if (const auto scores = answer.find("freq_score"); scores != answer.end())
        read_scores(*scores, out.verdict);
    out.verdict.category = category_of(text_at(answer, "category", max_text));
    out.verdict.seen_by_isc = text_at(answer, "seen_by_isc", max_text);
    out.verdict.seen_by_web = text_at(answer, "seen_by_web", max_text);
    out.verdict.seen_by_you = text_at(answer, "seen_by_you", max_text);
    return out;
}

}  // namespace enrichd

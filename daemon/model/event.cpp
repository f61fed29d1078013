#include "model/event.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/location.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view source = "dns_stats";
constexpr std::string_view frequency_mark = "FREQ-SCORE";

std::string compact(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// In the server's own order: what is said of the frequency, the first contact, the rest.
std::vector<std::string> alerts_of(const DomainStatsAnswer& answer) {
    std::vector<std::string> alerts = answer.verdict.alerts;
    if (answer.first_contact) {
        const auto rest = std::find_if(alerts.begin(), alerts.end(), [](const std::string& one) {
            return one.find(frequency_mark) == std::string::npos;
        });
        alerts.emplace(rest, first_contact_alert);
    }
    return alerts;
}

Json verdict_json(const Alert& alert, const DomainStatsAnswer& answer) {
    const DomainStatsVerdict& verdict = answer.verdict;
    Json out{{"query", alert.query}, {"alerts", alerts_of(answer)}, {"category", verdict.category}};
    if (!verdict.freq_scores.empty())
        out["freq_score"] = verdict.freq_scores;
    else if (!verdict.freq_text.empty())
        out["freq_score"] = verdict.freq_text;
    out["seen_by_isc"] = verdict.seen_by_isc;
    out["seen_by_web"] = verdict.seen_by_web;
    out["seen_by_you"] = verdict.seen_by_you;
    out["alert_id"] = alert.id;
    if (verdict.truncated) out["truncated"] = true;
    return out;
}

Event event(std::string_view kind, const Alert& alert, Json dnsstat) {
    Json whole{{"integration", "dnsstat"}, {"dnsstat", std::move(dnsstat)}};
    std::string text = compact(whole);
    Json& body = whole["dnsstat"];
    while (text.size() > max_event_bytes && body.contains("alerts") && !body["alerts"].empty()) {
        body["alerts"].erase(body["alerts"].size() - 1);
        body["truncated"] = true;
        text = compact(whole);
    }
    return {kind, location(alert.agent, source), alert.agent, std::move(text)};
}

}  // namespace

Event domain_stats_event(const Alert& alert, const DomainStatsAnswer& answer) {
    return event("domain_stats", alert, verdict_json(alert, answer));
}

Event domain_stats_error(const Alert& alert, std::string_view text) {
    return event("domain_stats_error", alert,
                 {{"query", alert.query}, {"error", text}, {"alert_id", alert.id}});
}

}  // namespace enrichd

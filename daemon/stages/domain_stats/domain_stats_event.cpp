#include "stages/domain_stats/domain_stats_event.hpp"

#include <span>
#include <string>
#include <utility>

#include "base/utf8.hpp"
#include "model/json_text.hpp"
#include "model/location.hpp"

namespace enrichd {
namespace {

constexpr std::string_view shown_as = "dns_stats";

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

std::string verdict_text(const Alert& alert, const DomainStatsVerdict& verdict) {
    std::string out;
    out.reserve(512);
    out.append(dnsstat_head);
    Fields field(out);
    field("query", alert.query);
    field("alerts", std::span<const std::string>(verdict.alerts));
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
    if (verdict.truncated) field.flag("truncated");
    return out.append("}}");
}

std::string error_text(const Alert& alert, std::string_view text) {
    std::string out(dnsstat_head);
    Fields field(out);
    field("query", alert.query);
    field("error", text);
    field("alert_id", alert.id);
    return out.append("}}");
}

/// When an event is too long, of texts that are longer than any that a server has to say.
constexpr std::size_t longest_when_cut = 64;

/// Alerts go first, the last of them before the others, then the ends of long texts.
std::string shorter_verdict_text(const Alert& alert, const DomainStatsAnswer& answer) {
    DomainStatsVerdict verdict = answer.verdict;
    verdict.alerts = alerts_of(answer.verdict, answer.first_contact);
    verdict.truncated = true;
    std::string out = verdict_text(alert, verdict);
    while (out.size() > max_event_bytes && !verdict.alerts.empty()) {
        verdict.alerts.pop_back();
        out = verdict_text(alert, verdict);
    }
    for (std::string* text : {&verdict.age_failure, &verdict.freq_text, &verdict.seen_by_isc,
                              &verdict.seen_by_web, &verdict.seen_by_you, &verdict.category}) {
        if (out.size() <= max_event_bytes) break;
        text->resize(cut_utf8(*text, longest_when_cut).size());
        out = verdict_text(alert, verdict);
    }
    return out;
}

Event dnsstat_event(std::string_view kind, const Alert& alert, std::string json) {
    return {kind, location(alert.agent, shown_as), alert.agent, std::move(json)};
}

}  // namespace

Event domain_stats_event(const Alert& alert, const DomainStatsAnswer& answer) {
    std::string json;
    if (answer.first_contact) {
        DomainStatsVerdict reported = answer.verdict;
        reported.alerts = alerts_of(answer.verdict, true);
        json = verdict_text(alert, reported);
    } else {
        json = verdict_text(alert, answer.verdict);
    }
    if (json.size() > max_event_bytes) json = shorter_verdict_text(alert, answer);
    return dnsstat_event("domain_stats", alert, std::move(json));
}

Event domain_stats_error(const Alert& alert, std::string_view text) {
    std::string json = error_text(alert, text);
    if (json.size() > max_event_bytes) json = error_text(alert, cut_utf8(text, longest_when_cut));
    return dnsstat_event("domain_stats_error", alert, std::move(json));
}

}  // namespace enrichd

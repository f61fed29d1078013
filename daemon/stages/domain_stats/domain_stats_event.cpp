#include "stages/domain_stats/domain_stats_event.hpp"

#include <span>
#include <string>
#include <utility>

#include "base/utf8.hpp"
#include "model/json_text.hpp"
#include "model/location.hpp"
#include "stages/domain_stats/domain_stats_reason.hpp"

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
    void number(std::string_view key, long value) {
        name(key);
        out_.append(std::to_string(value));
    }
    /// JSON, or nothing.
    void json(std::string_view key, std::string_view value) {
        if (value.empty()) return;
        name(key);
        out_.append(value);
    }
    void unless_empty(std::string_view key, std::string_view value) {
        if (!value.empty()) (*this)(key, value);
    }

  private:
    void name(std::string_view key) {
        if (out_.back() != '{') out_.push_back(',');
        out_.append("\"").append(key).append("\":");
    }
    std::string& out_;
};

constexpr std::string_view dnsstat_head = R"({"integration":"dnsstat","dnsstat":{)";

/// What is written of a verdict, and of the alert that asked.
struct Reported {
    const Alert& alert;
    const EventDomain& domain;
    const DomainStatsVerdict& verdict;
    std::string_view reason;
    std::string_view context;
    std::span<const std::string> lists;
};

/// What the original integration does not have comes after what it has.
std::string text_of(const Reported& reported) {
    const DomainStatsVerdict& verdict = reported.verdict;
    std::string out;
    out.reserve(768 + reported.context.size());
    out.append(dnsstat_head);
    Fields field(out);
    field("query", reported.alert.query);
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
    field("alert_id", reported.alert.id);
    field.unless_empty("domain", reported.domain.name);
    if (const auto days = reported.domain.age_days()) field.number("age_days", *days);
    field.unless_empty("registered", reported.domain.registered_on());
    field.unless_empty("reason", reported.reason);
    if (!reported.lists.empty()) field("lists", reported.lists);
    field.json("source", reported.context);
    if (verdict.truncated) field.flag("truncated");
    out.append("}}");
    return out;
}

std::string error_text(const Alert& alert, std::string_view domain, std::string_view text,
                       const std::string& context, bool truncated) {
    std::string out(dnsstat_head);
    Fields field(out);
    field("query", alert.query);
    field("error", text);
    field("alert_id", alert.id);
    field.unless_empty("domain", domain);
    field.json("source", context);
    if (truncated) field.flag("truncated");
    out.append("}}");
    return out;
}

/// When an event is too long, of texts that are longer than any that a server has to say.
constexpr std::size_t longest_when_cut = 64;

/// The answers of the context go first, then the ends of its long texts; then alerts, the last of them before
/// the others; then the ends of the verdict's texts; then the context.
std::string shorter_text_of(const Reported& whole) {
    DomainStatsVerdict verdict = whole.verdict;
    verdict.truncated = true;
    std::string context(whole.context);
    const auto text = [&] {
        return text_of({whole.alert, whole.domain, verdict, whole.reason, context, whole.lists});
    };
    std::string out = text();
    while (out.size() > max_event_bytes && shorten_context(context)) out = text();
    while (out.size() > max_event_bytes && !verdict.alerts.empty()) {
        verdict.alerts.pop_back();
        out = text();
    }
    for (std::string* long_text : {&verdict.age_failure, &verdict.freq_text, &verdict.seen_by_isc,
                                   &verdict.seen_by_web, &verdict.seen_by_you, &verdict.category}) {
        if (out.size() <= max_event_bytes) break;
        long_text->resize(cut_utf8(*long_text, longest_when_cut).size());
        out = text();
    }
    if (out.size() > max_event_bytes && !std::exchange(context, {}).empty()) out = text();
    return out;
}

Event dnsstat_event(std::string_view kind, const Alert& alert, std::string json) {
    return {kind, location(alert.agent, shown_as), alert.agent, std::move(json)};
}

}  // namespace

Event domain_stats_event(const Alert& alert, const EventDomain& domain, const DomainStatsAnswer& answer,
                         std::span<const std::string> lists) {
    DomainStatsVerdict with_first_contact;
    if (answer.first_contact) {
        with_first_contact = answer.verdict;
        with_first_contact.alerts = alerts_of(answer.verdict, true);
    }
    const std::string reason = reason_of(domain, answer);
    const Reported reported{alert,  domain,        answer.first_contact ? with_first_contact : answer.verdict,
                            reason, alert.context, lists};
    std::string json = text_of(reported);
    if (json.size() > max_event_bytes) json = shorter_text_of(reported);
    Event event = dnsstat_event("domain_stats", alert, std::move(json));
    event.more_at = event.json.size() - 2;  // before "}}"
    return event;
}

Event domain_stats_error(const Alert& alert, std::string_view domain, std::string_view text) {
    std::string context = alert.context;
    std::string json = error_text(alert, domain, text, context, false);
    while (json.size() > max_event_bytes && shorten_context(context))
        json = error_text(alert, domain, text, context, true);
    if (json.size() > max_event_bytes)
        json = error_text(alert, domain, cut_utf8(text, longest_when_cut), {}, true);
    return dnsstat_event("domain_stats_error", alert, std::move(json));
}

}  // namespace enrichd

#include "admin/policy_control.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "admin/question.hpp"
#include "base/log.hpp"
#include "base/units.hpp"
#include "base/utf8.hpp"

namespace enrichd {
namespace {

using Json = StatusJson;

constexpr std::size_t longest_note = 500;
constexpr std::size_t most_events_shown = 10;  // of a name
constexpr std::size_t most_recent_shown = 200;

Json failed(std::string_view why) {
    return {{"error", why}};
}

/// "NAME", or ".SUFFIX" for the name and all names below it.
struct Pattern {
    std::string name;
    bool below = false;
    std::string wrong{};
};

Pattern pattern_of(const std::string& text) {
    std::string_view bare = text;
    const bool below = bare.starts_with('.') || bare.starts_with("*.");
    if (below) bare.remove_prefix(bare.find('.') + 1);
    const auto name = HostName::parse(bare);
    if (!name) return {{}, below, name.error().message()};
    if (!name->plain()) return {{}, below, "this is no domain name"};
    if (below && (name->single_label() || name->registrable().empty()))
        return {{}, below, "this is a public suffix: everybody may have a domain below it"};
    return {name->text(), below};
}

std::string shown(const AllowedName& one) {
    return (one.below ? "." : "") + one.name;
}

Json kinds_json(KindSet kinds) {
    Json out = Json::array();
    kinds.for_each([&out](FindingKind kind) { out.push_back(label(kind)); });
    return out;
}

Json to_json(const AllowedName& one) {
    Json out{{"name", shown(one)}, {"kinds", kinds_json(KindSet::of_bits(one.kinds))}};
    if (one.until) out["until"] = to_iso_date(*one.until);
    if (!one.note.empty()) out["note"] = one.note;
    out["added"] = to_iso_date(one.added);
    return out;
}

Json all_json(const std::vector<AllowedName>& names) {
    Json out = Json::array();
    for (const AllowedName& one : names) out.push_back(to_json(one));
    return out;
}

/// Nothing when one of them is unknown.
std::optional<KindSet> kinds_of(const Json& question) {
    const auto found = question.find("kinds");
    if (found == question.end() || !found->is_array() || found->empty()) return Allowlist::usual;
    KindSet out;
    for (const Json& one : *found) {
        const auto kind = one.is_string() ? finding_kind_of(one.get<std::string>()) : std::nullopt;
        if (!kind) return std::nullopt;
        out.add(*kind);
    }
    return out;
}

/// Who has asked for the domain, by their ids while they are few.
Json seen_json(const DomainSeen& seen) {
    Json out{{"first", to_iso_date(seen.first)},
             {"last", to_iso_date(std::max(seen.first, seen.last))},
             {"agents", seen.agents}};
    if (!seen.agent_ids.empty()) out["agent_ids"] = seen.agent_ids;
    return out;
}

}  // namespace

task<StatusJson> PolicyControl::allow_add(StatusJson question) {
    const Pattern pattern = pattern_of(text_of(question, "name"));
    if (!pattern.wrong.empty()) co_return failed(pattern.wrong);
    const auto kinds = kinds_of(question);
    if (!kinds) co_return failed("a kind of findings is not known");
    AllowedName one{pattern.name, pattern.below, kinds->bits()};
    if (const std::string until = text_of(question, "until"); !until.empty()) {
        one.until = parse_iso_date(until);
        if (!one.until) co_return failed("expected a date such as 2027-01-31");
        if (*one.until <= wall_seconds(WallClock::now())) co_return failed(until + " is over already");
    }
    one.note = cut_utf8(text_of(question, "note"), longest_note);
    one.added = wall_seconds(WallClock::now());
    AllowedName added = one;
    const error failure = co_await allowlist_.add(std::move(added));
    if (failure) co_return failed(failure.message());
    log::info("the allowlist has a new entry, by an operator", {{"kinds", kinds_json(*kinds).dump()}});
    co_return Json{{"added", to_json(one)}};
}

task<StatusJson> PolicyControl::allow_remove(StatusJson question) {
    const std::string text = text_of(question, "name");
    const Pattern pattern = pattern_of(text);
    if (!pattern.wrong.empty()) co_return failed(pattern.wrong);
    std::string name = pattern.name;
    auto removed = co_await allowlist_.remove(std::move(name), pattern.below);
    if (!removed) co_return failed(removed.error().message());
    if (*removed == 0) co_return failed(text + " is not on the allowlist; see enrichd allow list");
    log::info("an entry of the allowlist was removed, by an operator");
    co_return Json{{"removed", text}};
}

StatusJson PolicyControl::allow_list() const {
    return {{"allowed", all_json(allowlist_.all())}};
}

StatusJson PolicyControl::allow_check(const StatusJson& question) const {
    const auto name = HostName::parse(text_of(question, "name"));
    if (!name) return failed(name.error().message());
    NameMarks marks;
    marks.of_alert = false;
    pipeline_.mark(*name, marks);
    return {{"name", name->text()},
            {"silenced", kinds_json(marks.allowed)},
            {"by", marks.allowed_by},
            {"entries", all_json(allowlist_.find(*name))}};
}

Json PolicyControl::events_of(const HostName& name) const {
    const std::string_view domain = name.registrable().empty() ? name.text() : name.registrable();
    Json out = Json::array();
    const auto& events = pipeline_.recent_events().all();
    for (auto one = events.rbegin(); one != events.rend() && out.size() < most_events_shown; ++one)
        if (one->domain == domain)
            out.push_back({{"time", to_iso_date(one->time)},
                           {"agent", one->agent},
                           {"event", one->event},
                           {"findings", kinds_json(one->findings)}});
    return out;
}

Json PolicyControl::recent() const {
    Json out = Json::array();
    const auto& events = pipeline_.recent_events().all();
    for (auto one = events.rbegin(); one != events.rend() && out.size() < most_recent_shown; ++one)
        out.push_back({{"time", to_iso_date(one->time)},
                       {"domain", one->domain},
                       {"agent", one->agent},
                       {"event", one->event},
                       {"findings", kinds_json(one->findings)}});
    return {{"events", std::move(out)}};
}

task<StatusJson> PolicyControl::why(StatusJson question) {
    const auto name = HostName::parse(text_of(question, "name"));
    if (!name) co_return failed(name.error().message());
    Json out{{"name", name->text()}, {"domain", name->registrable()}};
    const auto refused = refusal(*name, pipeline_.gate());
    out["filter"] = refused ? "filtered: " + std::string(label(*refused)) : "passes";
    const std::string domain(name->registrable());
    const auto seen = co_await domains_.find(domain);
    if (seen && *seen) out["first_seen"] = to_iso_date(**seen);
    if (seen && !*seen) out["first_seen"] = nullptr;
    if (Prevalence* const prevalence = pipeline_.prevalence(); prevalence && prevalence->in_use()) {
        std::string asked = domain;
        if (asked.empty()) asked = name->text();
        const auto agents = co_await prevalence->find(std::move(asked));
        if (agents && *agents) out["seen"] = seen_json(**agents);
    }
    for (const auto& component : components_) out[std::string(component->name())] = component->cached(*name);
    NameMarks marks;
    marks.of_alert = false;
    pipeline_.mark(*name, marks);
    const Silences silences = pipeline_.policy().silences(marks, wall_seconds(WallClock::now()));
    const auto learns_until = pipeline_.policy().learns_until(wall_seconds(WallClock::now()));
    Json policy{{"allowed", kinds_json(silences.allowed)},
                {"known", marks.known},
                {"learning_until", learns_until ? Json(to_iso_date(*learns_until)) : Json(nullptr)},
                {"off", kinds_json(silences.off)},
                {"label", kinds_json(silences.label)}};
    if (!marks.allowed_by.empty()) policy["allowed_by"] = marks.allowed_by;
    policy["allowlist"] = all_json(allowlist_.find(*name));
    out["policy"] = std::move(policy);
    out["events"] = events_of(*name);
    co_return out;
}

}  // namespace enrichd

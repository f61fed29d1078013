#include "stages/lists/lists_event.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "model/event_json.hpp"
#include "model/location.hpp"
#include "model/severity.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kind_of_event = "list";

/// "The list urlhaus (malware) has bad.example."
std::string reason_of(const NameMarks::Hit& hit) {
    std::string out = "The list " + hit.list;
    if (!hit.label.empty()) out += " (" + hit.label + ")";
    return out + " has " + hit.entry + ".";
}

}  // namespace

Event list_event(const Alert& alert, std::string_view domain, const NameMarks& marks) {
    const NameMarks::Hit& hit = *marks.hit;
    Json list{{"query", alert.query}, {"name", hit.list}};
    if (!hit.label.empty()) list["label"] = hit.label;
    list["confidence"] = hit.confidence;
    list["matched"] = hit.entry;
    list["lists"] = std::vector<std::string>(marks.lists.begin(), marks.lists.end());
    list["alert_id"] = alert.id;
    if (!domain.empty()) list["domain"] = domain;
    list["reason"] = reason_of(hit);
    if (!hit.note.empty()) list["details"] = Json::parse(hit.note, nullptr, false);
    Event event{kind_of_event, location(alert.agent, "lists"), alert.agent,
                event_json(kind_of_event, std::move(list), alert.context, "details")};
    event.more_at = event.json.size() - 2;  // before "}}"
    event.findings = {FindingKind::list};
    event.confidence = hit.confidence;
    event.subject = hit.list;  // what another list says is another finding
    return event;
}

/// Of the manager: of several agents it would be none of them.
Event retro_event(const ListConfig& list, const RetroName& name, const AskedNames::Asked& asked) {
    SeverityFacts facts;
    facts.found = {FindingKind::list};
    facts.list = label(list.confidence);
    facts.agents = asked.agents;
    const std::string agents = std::to_string(asked.agents) + (asked.agents == 1 ? " agent" : " agents");
    const std::string what = (name.below ? "names below " : "") + std::string(name.name);
    Json out{{"query", name.name}, {"name", list.name}};
    if (!list.label.empty()) out["label"] = list.label;
    out["confidence"] = label(list.confidence);
    out["matched"] = name.name;
    out["lists"] = {list.name};
    if (!name.domain.empty()) out["domain"] = name.domain;
    out["retro"] = true;
    out["first_seen"] = to_iso_date(asked.first);
    out["last_seen"] = to_iso_date(std::max(asked.first, asked.last));
    out["reason"] = std::string(name.name) + " was added to the list " + list.name + "; " + agents +
                    " asked for " + what + " before.";
    out["agents"] = asked.agents;
    if (!asked.agent_ids.empty()) out["agent_ids"] = asked.agent_ids;
    out["severity"] = label(grade_of(facts).severity);
    Event event{
        kind_of_event, location({}, "lists"), {}, event_json(kind_of_event, std::move(out), {}, "agent_ids")};
    event.findings = {FindingKind::list};
    event.confidence = label(list.confidence);
    return event;
}

}  // namespace enrichd

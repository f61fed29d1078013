#include "stages/lists/lists_event.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.hpp"
#include "model/location.hpp"

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kind_of_event = "list";

std::string compact(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// "The list urlhaus (malware) has bad.example."
std::string reason_of(const NameMarks::Hit& hit) {
    std::string out = "The list " + hit.list;
    if (!hit.label.empty()) out += " (" + hit.label + ")";
    return out + " has " + hit.entry + ".";
}

Json source_of(const std::string& context) {
    return Json::parse(context, nullptr, false);
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
    std::string context = alert.context;
    if (!context.empty()) list["source"] = source_of(context);
    Json whole{{"integration", kind_of_event}, {kind_of_event, std::move(list)}};
    std::string json = compact(whole);
    while (json.size() > max_event_bytes && !context.empty()) {
        if (!shorten_context(context)) context.clear();
        Json& inner = whole[std::string(kind_of_event)];
        if (context.empty())
            inner.erase("source");
        else
            inner["source"] = source_of(context);
        inner["truncated"] = true;
        json = compact(whole);
    }
    if (json.size() > max_event_bytes) {
        Json& inner = whole[std::string(kind_of_event)];
        inner.erase("details");
        inner["truncated"] = true;
        json = compact(whole);
    }
    Event event{kind_of_event, location(alert.agent, "lists"), alert.agent, std::move(json)};
    event.more_at = event.json.size() - 2;  // before "}}"
    event.findings = {FindingKind::list};
    event.confidence = hit.confidence;
    event.subject = hit.list;  // what another list says is another finding
    return event;
}

}  // namespace enrichd

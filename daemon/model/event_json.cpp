#include "model/event_json.hpp"

#include <nlohmann/json.hpp>

#include "model/alert_context.hpp"
#include "model/event.hpp"

namespace enrichd {
namespace {

using OrderedJson = nlohmann::ordered_json;

std::string whole_event(std::string_view name, const OrderedJson& inner, const std::string& context,
                        bool truncated) {
    OrderedJson whole{{"integration", name}, {name, inner}};
    OrderedJson& of_whole = whole[std::string(name)];
    if (!context.empty()) of_whole["source"] = OrderedJson::parse(context, nullptr, false);
    if (truncated) of_whole["truncated"] = true;
    return whole.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

}  // namespace

std::string event_json(std::string_view name, OrderedJson inner, std::string context,
                       std::string_view spare) {
    std::string json = whole_event(name, inner, context, false);
    while (json.size() > max_event_bytes && !context.empty()) {
        if (!shorten_context(context)) context.clear();
        json = whole_event(name, inner, context, true);
    }
    if (json.size() <= max_event_bytes) return json;
    inner.erase(std::string(spare));
    return whole_event(name, inner, context, true);
}

}  // namespace enrichd

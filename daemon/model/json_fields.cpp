#include "model/json_fields.hpp"

#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace enrichd {

using nlohmann::json;

error parse_json(std::string_view body, const JsonBounds& bounds, json& out) {
    if (!valid_utf8(body)) return parse_json(repaired_utf8(body), bounds, out);

    bool too_deep = false;
    std::size_t kept = 0;
    const auto keep = [&](int depth, json::parse_event_t event, json& parsed) {
        too_deep = too_deep || depth > bounds.depth;
        switch (event) {
            case json::parse_event_t::key:
                return !bounds.wanted || bounds.wanted(parsed.get_ref<const std::string&>(), depth);
            case json::parse_event_t::value:
            case json::parse_event_t::object_start:
            case json::parse_event_t::array_start:
                return !too_deep && ++kept <= bounds.values;
            default:
                return true;
        }
    };
    out = json::parse(body, keep, false);
    if (too_deep) return errc::body_not_json;
    if (kept > bounds.values) return errc::body_too_large;
    if (!out.is_discarded()) return {};
    const std::string repaired = repaired_escapes(body);
    if (repaired == body) return errc::body_not_json;
    return parse_json(repaired, bounds, out);
}

std::string text_of(const json& value, std::size_t most) {
    if (value.is_null()) return {};
    if (value.is_string()) return std::string(cut_utf8(value.get_ref<const std::string&>(), most));
    return std::string(cut_utf8(value.dump(-1, ' ', true), most));
}

std::string text_at(const json& object, const char* key, std::size_t most) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    return found == object.end() ? std::string() : text_of(*found, most);
}

const json& list_at(const json& object, const char* key) {
    static const json none = json::array();
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() || !found->is_array() ? none : *found;
}

}  // namespace enrichd

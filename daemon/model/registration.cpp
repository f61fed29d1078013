#include "model/registration.hpp"

#include <nlohmann/json.hpp>

#include "model/json_fields.hpp"

namespace enrichd {
namespace {

using nlohmann::json;

std::optional<WallTime> first_date(const json& events, std::string_view action) {
    for (const json& event : events) {
        if (text_at(event, "eventAction", 64) != action) continue;
        if (const auto date = parse_iso_date(text_at(event, "eventDate", 64))) return date;
    }
    return std::nullopt;
}

}  // namespace

result<Registration> parse_registration(std::string_view body) {
    JsonBounds bounds{16, 10'000};
    // Contacts, name servers and notices are most of an answer.
    bounds.wanted = [](std::string_view key, int depth) { return depth > 1 || key == "events"; };
    json answer;
    if (const error bad = parse_json(body, bounds, answer)) return bad;
    if (!answer.is_object()) return errc::body_wrong_shape;
    const json& events = list_at(answer, "events");
    const auto registered = first_date(events, "registration");
    if (!registered) return errc::no_registration_date;
    return Registration{*registered, first_date(events, "expiration")};
}

}  // namespace enrichd

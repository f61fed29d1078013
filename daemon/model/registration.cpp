#include "model/registration.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "base/units.hpp"
#include "model/host_name.hpp"
#include "model/json_fields.hpp"

namespace enrichd {
namespace {

using nlohmann::json;

constexpr WallTime first_domain = std::chrono::sys_days(std::chrono::year(1985) / 1 / 1);
constexpr WallTime beyond_all = std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);

bool same_word(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// Nothing when it is not one of the events `action`, or has no date that can be one.
std::optional<WallTime> date_of(const json& event, std::string_view action) {
    if (!same_word(text_at(event, "eventAction", 64), action)) return std::nullopt;
    const auto date = parse_iso_date(text_at(event, "eventDate", 64));
    return date && *date >= first_domain && *date < beyond_all ? date : std::nullopt;
}

std::optional<WallTime> registered(const json& events) {
    std::optional<WallTime> latest;
    for (const json& event : events)
        for (const std::string_view action : {"registration", "reregistration"})
            if (const auto date = date_of(event, action)) latest = std::max(latest, date);
    return latest;
}

std::optional<WallTime> expiration(const json& events) {
    for (const json& event : events)
        if (const auto date = date_of(event, "expiration")) return date;
    return std::nullopt;
}

/// By either spelling of its name; each that is there may be missing.
bool about(const json& answer, std::string_view domain) {
    bool named = false;
    for (const char* key : {"ldhName", "unicodeName"}) {
        const std::string text = text_at(answer, key, 1024);
        if (text.empty()) continue;
        if (is_name(text, domain)) return true;
        named = true;
    }
    return !named;
}

bool wanted(std::string_view key, int depth) {
    // Contacts, name servers and notices are most of an answer.
    static constexpr std::array<std::string_view, 4> keys{"events", "ldhName", "unicodeName",
                                                          "objectClassName"};
    return depth > 1 || std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

result<Registration> parse_registration(std::string_view body, std::string_view domain) {
    const JsonBounds bounds{16, 10'000, wanted};
    json answer;
    if (const error bad = parse_json(body, bounds, answer)) return bad;
    if (!answer.is_object()) return errc::body_wrong_shape;
    const std::string kind = text_at(answer, "objectClassName", 64);
    if (!kind.empty() && !same_word(kind, "domain")) return errc::body_wrong_shape;
    if (!about(answer, domain)) return errc::other_name;
    const json& events = list_at(answer, "events");
    const auto since = registered(events);
    if (!since) return errc::no_registration_date;
    return Registration{*since, expiration(events)};
}

}  // namespace enrichd

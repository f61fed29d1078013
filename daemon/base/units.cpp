#include "base/units.hpp"

#include <array>
#include <charconv>
#include <cstring>
#include <ctime>

namespace enrichd {
namespace {

using std::chrono::milliseconds;

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::array units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                           Unit{"ms", 1}};
constexpr std::int64_t ten_years = 3'650LL * 86'400'000;

/// What an ISO date ends with: "", "Z" or "+02:00".
std::optional<std::chrono::minutes> parse_zone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return std::chrono::minutes(0);
    const bool shaped = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':';
    int hours = 0;
    int minutes = 0;
    if (!shaped || std::from_chars(&text[1], &text[3], hours).ptr != &text[3] ||
        std::from_chars(&text[4], text.data() + 6, minutes).ptr != text.data() + 6 || hours > 23 ||
        minutes > 59 || hours < 0 || minutes < 0)
        return std::nullopt;
    const std::chrono::minutes east(60 * hours + minutes);
    return text[0] == '-' ? -east : east;
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
    std::int64_t count = 0;
    const char* end = text.data() + text.size();
    const auto [rest, ec] = std::from_chars(text.data(), end, count);
    if (ec != std::errc{} || text.empty() || text.front() == '-') return std::nullopt;
    for (const Unit& unit : units)
        if (std::string_view(rest, static_cast<std::size_t>(end - rest)) == unit.name)
            return count <= ten_years / unit.milliseconds
                       ? std::optional(milliseconds(count * unit.milliseconds))
                       : std::nullopt;
    return std::nullopt;
}

std::string to_text(milliseconds duration) {
    for (const Unit& unit : units)
        if (duration.count() != 0 && duration.count() % unit.milliseconds == 0)
            return std::to_string(duration.count() / unit.milliseconds).append(unit.name);
    return "0s";
}

std::optional<WallTime> parse_http_date(std::string_view text) {
    if (text.size() > 64) return std::nullopt;
    std::tm parts{};
    const std::string whole(text);
    const char* rest = ::strptime(whole.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (rest == nullptr || *rest != '\0') return std::nullopt;
    return WallTime(std::chrono::seconds(::timegm(&parts)));
}

std::string to_http_date(WallTime time) {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 64> text{};
    ::gmtime_r(&seconds, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

std::optional<WallTime> parse_iso_date(std::string_view text) {
    if (text.size() > 64) return std::nullopt;
    std::tm parts{};
    const std::string whole(text);
    const char* rest = ::strptime(whole.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    if (*rest == '.') rest += 1 + std::strspn(rest + 1, "0123456789");
    const auto zone = parse_zone(rest);
    if (!zone) return std::nullopt;
    return WallTime(std::chrono::seconds(::timegm(&parts))) - *zone;
}

}  // namespace enrichd

#include "base/units.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <system_error>

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

std::string formatted(WallTime time, const char* format) {
    const std::time_t seconds = time.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 64> text{};
    ::gmtime_r(&seconds, &parts);
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

std::optional<int> two_digits(std::string_view text) {
    int value = 0;
    const bool digits = text.size() == 2 && text.find_first_not_of("0123456789") == std::string_view::npos;
    if (digits) std::from_chars(text.data(), text.data() + 2, value);
    return digits ? std::optional(value) : std::nullopt;
}

/// What an ISO date ends with: "", "Z", "+02:00", "+0200" or "+02".
std::optional<std::chrono::minutes> parse_zone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return std::chrono::minutes(0);
    if (text.size() < 3 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    std::string_view rest = text.substr(3);
    if (rest.starts_with(':')) rest.remove_prefix(1);
    const auto hours = two_digits(text.substr(1, 2));
    const auto minutes = text.size() == 3 ? std::optional(0) : two_digits(rest);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const std::chrono::minutes east(60 * *hours + *minutes);
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
    return formatted(time, "%a, %d %b %Y %H:%M:%S GMT");
}

std::string to_iso_date(WallTime time) {
    return formatted(time, "%Y-%m-%dT%H:%M:%SZ");
}

std::optional<WallTime> parse_iso_date(std::string_view text) {
    if (text.size() > 64) return std::nullopt;
    std::tm parts{};
    const std::string whole(text);
    const char* rest = ::strptime(whole.c_str(), "%Y-%m-%d", &parts);
    if (rest != nullptr && *rest != '\0') rest = ::strptime(rest, "T%H:%M:%S", &parts);
    if (rest == nullptr) return std::nullopt;
    if (*rest == '.') rest += 1 + std::strspn(rest + 1, "0123456789");
    const auto zone = parse_zone(rest);
    if (!zone) return std::nullopt;
    return WallTime(std::chrono::seconds(::timegm(&parts))) - *zone;
}

}  // namespace enrichd

#include "base/units.hpp"
#include "base/clock.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
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

/// Takes a date apart from its front on. Each step says whether it was there; then it is gone.
class DateText {
  public:
    explicit DateText(std::string_view text) : rest_(text) {}

    bool empty() const { return rest_.empty(); }

    std::optional<int> number(std::size_t digits) {
        int value = 0;
        if (rest_.size() < digits) return std::nullopt;
        const std::string_view text = rest_.substr(0, digits);
        if (text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
        std::from_chars(text.data(), text.data() + digits, value);
        rest_.remove_prefix(digits);
        return value;
    }
    bool one_of(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
        last_ = rest_.front();
        rest_.remove_prefix(1);
        return true;
    }
    char last() const { return last_; }  // that one_of took
    void skip(std::string_view characters) {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(characters), rest_.size()));
    }
    bool word(std::string_view text) {
        const bool there = rest_.starts_with(text);
        if (there) rest_.remove_prefix(text.size());
        return there;
    }

  private:
    std::string_view rest_;
    char last_ = '\0';
};

/// "2026-07-02", one that is in the calendar.
std::optional<WallTime> take_day(DateText& text) {
    const auto year = text.number(4);
    const bool dash = text.one_of("-");
    const auto month = text.number(2);
    const bool second_dash = text.one_of("-");
    const auto day = text.number(2);
    if (!year || !dash || !month || !second_dash || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return WallTime(std::chrono::sys_days(date));
}

/// "09:14:07.412", "09:14"
std::optional<std::chrono::seconds> take_time(DateText& text) {
    const auto hours = text.number(2);
    const bool colon = text.one_of(":");
    const auto minutes = text.number(2);
    if (!hours || !colon || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    int seconds = 0;
    if (text.one_of(":")) {
        const auto given = text.number(2);
        if (!given || *given > 60) return std::nullopt;  // 60 is a leap second
        seconds = *given;
        if (text.one_of(".,")) text.skip("0123456789");
    }
    return std::chrono::hours(*hours) + std::chrono::minutes(*minutes) + std::chrono::seconds(seconds);
}

/// What a date ends with: "", "Z", "UTC", "+02:00", "+0200" or "+02", behind a blank or not.
std::optional<std::chrono::minutes> take_zone(DateText& text) {
    text.skip(" ");
    if (text.empty() || text.one_of("Zz") || text.word("UTC") || text.word("GMT"))
        return std::chrono::minutes(0);
    if (!text.one_of("+-")) return std::nullopt;
    const bool west = text.last() == '-';
    const auto hours = text.number(2);
    const bool colon = text.one_of(":");
    const auto minutes = text.empty() && !colon ? std::optional(0) : text.number(2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const std::chrono::minutes east(60 * *hours + *minutes);
    return west ? -east : east;
}

/// A number of two or four digits at a place; -1 when there are none.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
    int number = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return -1;
        number = 10 * number + (c - '0');
    }
    return number;
}

/// "Tue, 24 Nov 2026 03:55:50 GMT": the form that is written today, without a look at the weekday.
std::optional<WallTime> fixed_http_date(std::string_view text) {
    constexpr std::string_view form = "Tue, 24 Nov 2026 03:55:50 GMT";
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != form.size()) return std::nullopt;
    for (const std::size_t at : {3U, 4U, 7U, 11U, 16U, 19U, 22U, 25U, 26U, 27U, 28U})
        if (text[at] != form[at]) return std::nullopt;
    const std::size_t month = months.find(text.substr(8, 3));
    if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
    const int day = digits_at(text, 5, 2);
    const int year = digits_at(text, 12, 4);
    const int hour = digits_at(text, 17, 2);
    const int minute = digits_at(text, 20, 2);
    const int second = digits_at(text, 23, 2);
    if (day < 1 || year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 59)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

/// strptime takes 30 February for 2 March.
std::optional<WallTime> checked(std::tm parts) {
    const std::tm read = parts;
    const std::time_t time = ::timegm(&parts);
    if (parts.tm_mday != read.tm_mday || parts.tm_mon != read.tm_mon) return std::nullopt;
    return WallTime(std::chrono::seconds(time));
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
    if (const auto usual = fixed_http_date(text)) return usual;
    const std::string whole(text);
    for (const char* format :
         {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
        std::tm parts{};
        const char* const rest = ::strptime(whole.c_str(), format, &parts);
        if (rest == nullptr || *rest != '\0') continue;
        return checked(parts);
    }
    return std::nullopt;
}

std::string to_http_date(WallTime time) {
    return formatted(time, "%a, %d %b %Y %H:%M:%S GMT");
}

std::string to_iso_date(WallTime time) {
    return formatted(time, "%Y-%m-%dT%H:%M:%SZ");
}

std::optional<WallTime> parse_iso_date(std::string_view text) {
    if (text.size() > 64) return std::nullopt;
    DateText rest(text);
    const auto day = take_day(rest);
    if (!day) return std::nullopt;
    if (rest.empty()) return day;
    if (!rest.one_of("Tt ")) return std::nullopt;
    const auto time = take_time(rest);
    if (!time) return std::nullopt;
    const auto east = take_zone(rest);
    if (!east || !rest.empty()) return std::nullopt;
    return *day + *time - *east;
}

}  // namespace enrichd

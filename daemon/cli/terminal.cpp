#include "cli/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <string_view>

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

/// One line for each member; members of members indented, lists joined.
void print(std::ostream& out, const Json& object, const std::string& indent) {
    constexpr std::size_t width = 14;
    for (const auto& [key, value] : object.items()) {
        if (value.is_null() || (value.is_array() && value.empty())) continue;
        const std::string shown = fit_for_terminal(key);
        out << indent << shown << std::string(shown.size() < width ? width - shown.size() : 1, ' ');
        if (value.is_object()) {
            out << "\n";
            print(out, value, indent + "  ");
        } else if (value.is_array() && value.front().is_object()) {
            out << "\n";
            for (const Json& one : value) {
                print(out, one, indent + "  ");
                if (value.size() > 1) out << indent << "  --\n";
            }
        } else if (value.is_array()) {
            for (std::size_t i = 0; i < value.size(); ++i)
                out << (i == 0 ? "" : "; ")
                    << fit_for_terminal(value[i].is_string() ? value[i].get<std::string>() : value[i].dump());
            out << "\n";
        } else {
            out << fit_for_terminal(value.is_string() ? value.get<std::string>() : value.dump()) << "\n";
        }
    }
}

/// Three digits, two below ten; never in powers of ten.
std::string with_digits(double value) {
    if (value >= 999.5) return grouped(static_cast<std::uint64_t>(std::round(value)));
    std::ostringstream out;
    out.precision(value < 9.95 ? 2 : 3);
    out << value;
    return out.str();
}

std::string with_digits(double value, const char* unit) {
    return with_digits(value) + " " + unit;
}

}  // namespace

std::string as_lines(const std::string& json) {
    std::ostringstream out;
    print(out, Json::parse(json), "");
    return out.str();
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size(), width), ' ');
    return text + "  ";
}

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
    return digits;
}

std::string counted(std::uint64_t number, const std::string& word, const std::string& plural) {
    if (number == 1) return "1 " + word;
    return grouped(number) + " " + (plural.empty() ? word + "s" : plural);
}

std::string readable_rate(double per_second) {
    if (per_second > 0 && per_second < 0.01) return "<0.01/s";
    return with_digits(per_second) + "/s";
}

std::string readable_bytes(double bytes) {
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < units.size(); ++unit) bytes /= 1024;
    return with_digits(bytes, units[unit]);
}

std::string readable_duration(double seconds) {
    constexpr double minute = 60;
    constexpr double hour = 60 * minute;
    constexpr double day = 24 * hour;
    const auto both = [&](double large, const char* name, double small, const char* rest) {
        const double whole = std::floor(seconds / large);
        return grouped(static_cast<std::uint64_t>(whole)) + " " + name + " " +
               std::to_string(static_cast<int>((seconds - whole * large) / small)) + " " + rest;
    };
    if (seconds >= day) return both(day, "d", hour, "h");
    if (seconds >= hour) return both(hour, "h", minute, "min");
    if (seconds >= minute) return both(minute, "min", 1, "s");
    if (seconds >= 1 || seconds <= 0) return with_digits(seconds, "s");
    if (seconds >= 0.001) return with_digits(seconds * 1e3, "ms");
    return with_digits(seconds * 1e6, "us");
}

bool wants_colour(int descriptor) {
    const auto set = [](const char* name) {
        const char* const value = std::getenv(name);
        return value && *value ? std::string_view(value) : std::string_view();
    };
    return set("NO_COLOR").empty() && !set("TERM").empty() && set("TERM") != "dumb" &&
           ::isatty(descriptor) == 1;
}

std::string in_colour(const std::string& text) {
    static const std::regex marked("(^|  | is )(ok|degraded|down|error:|warning:)(?![^ ,:\\n])",
                                   std::regex::ECMAScript | std::regex::multiline);
    static const std::map<std::string, std::string, std::less<>> colours{
        {"ok", "32"}, {"degraded", "33"}, {"warning:", "33"}, {"down", "31"}, {"error:", "31"}};
    std::string out;
    auto rest = text.cbegin();
    for (std::sregex_iterator found(text.begin(), text.end(), marked), end; found != end; ++found) {
        const auto& word = (*found)[2];
        out.append(rest, word.first)
            .append("\x1b[" + colours.at(word.str()) + "m")
            .append(word.first, word.second);
        out.append("\x1b[0m");
        rest = word.second;
    }
    return out.append(rest, text.cend());
}

}  // namespace enrichd

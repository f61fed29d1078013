#include "app/terminal.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

namespace enrichd {
namespace {

using Json = nlohmann::ordered_json;

/// How many bytes at `at` are a control character or one that changes the direction of a text; 0 when none
/// are.
std::size_t unfit_for_terminals(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    if (byte(0) < ' ' || byte(0) == 0x7f) return 1;
    if (byte(0) == 0xc2 && byte(1) < 0xa0) return 2;   // C1
    if (byte(0) == 0xd8 && byte(1) == 0x9c) return 2;  // Arabic letter mark
    if (byte(0) != 0xe2) return 0;
    if (byte(1) == 0x80 && (byte(2) == 0x8e || byte(2) == 0x8f)) return 3;  // marks
    if (byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae) return 3;    // lines, embeddings
    if (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9) return 3;    // isolates
    return 0;
}

/// One line for each member; members of members indented, lists joined.
void print(std::ostream& out, const Json& object, const std::string& indent) {
    constexpr std::size_t width = 14;
    for (const auto& [key, value] : object.items()) {
        if (value.is_null() || (value.is_array() && value.empty())) continue;
        out << indent << key << std::string(key.size() < width ? width - key.size() : 1, ' ');
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

std::string with_digits(double value, const char* unit) {
    std::ostringstream out;
    out.precision(value < 10 ? 2 : 3);
    out << (value < 1000 ? value : std::round(value)) << " " << unit;
    return out.str();
}

}  // namespace

std::string fit_for_terminal(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t unfit = unfit_for_terminals(std::string_view(text).substr(at));
        out.push_back(unfit > 0 ? '?' : text[at]);
        at += std::max<std::size_t>(unfit, 1);
    }
    return out;
}

std::string as_lines(const std::string& json) {
    std::ostringstream out;
    print(out, Json::parse(json), "");
    return out.str();
}

std::string grouped(std::uint64_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
    return digits;
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
    if (seconds >= 1) return with_digits(seconds, "s");
    if (seconds >= 0.001) return with_digits(seconds * 1e3, "ms");
    return with_digits(seconds * 1e6, "us");
}

}  // namespace enrichd

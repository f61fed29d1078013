// The section lists of the configuration.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "model/confidence.hpp"

namespace enrichd {

enum class ListFormat : std::uint8_t {
    automatic,
    domains,
    hosts,
    adblock,
    dnsmasq,
    rpz,
    cdb,
    csv,
    misp,
    isc
};
inline constexpr std::array<std::string_view, 10> list_format_names{
    "auto", "domains", "hosts", "adblock", "dnsmasq", "rpz", "cdb", "csv", "misp", "isc"};

constexpr std::string_view label(ListFormat format) {
    return list_format_names[static_cast<std::size_t>(format)];
}

enum class ListMatch : std::uint8_t { automatic, exact, suffix };
inline constexpr std::array<std::string_view, 3> list_match_names{"auto", "exact", "suffix"};

/// In the order in which they count.
enum class ListAction : std::uint8_t { allow, alert, known, label };
inline constexpr std::array<std::string_view, 4> list_action_names{"allow", "alert", "known", "label"};

constexpr std::string_view label(ListAction action) {
    return list_action_names[static_cast<std::size_t>(action)];
}

struct ListConfig {
    std::string name;
    std::string from;  // a file, or a URL
    ListFormat format = ListFormat::automatic;
    std::string column;  // of csv: a number from 1, or a name of the first line
    ListMatch match = ListMatch::automatic;
    ListAction action = ListAction::alert;
    std::string label;
    Confidence confidence = Confidence::medium;
    std::vector<std::string> kinds;  // of allow: what it silences; empty: the usual ones
    std::chrono::milliseconds refresh = std::chrono::hours(1);
    std::chrono::milliseconds max_age = std::chrono::hours(24 * 7);
    std::chrono::milliseconds retro = std::chrono::hours(24 * 30);    // 0: never
    std::chrono::milliseconds new_for = std::chrono::hours(24 * 14);  // of isc: how long a domain is new
    double warn_score = 0;  // of isc: from there on it warns; 0: never
    std::string user_agent;
    std::string header_file;
    std::string ca_file;
    Secret proxy;  // a URL, which may hold a password
    bool operator==(const ListConfig&) const = default;

    bool fetched() const { return from.starts_with("http://") || from.starts_with("https://"); }
};

struct ListsConfig {
    static constexpr std::size_t most = 64;  // a name has a place in a set of lists

    std::vector<ListConfig> lists;
    bool operator==(const ListsConfig&) const = default;
};

}  // namespace enrichd

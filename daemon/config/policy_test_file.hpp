// The file of `enrichd test`: queries, what would be known of them, and what is to become of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"

namespace enrichd {

struct PolicyTest {
    std::string title;
    int line = 0;  // of the file

    std::string query;
    std::string agent{};         // its id
    std::string process{};       // path of the program that asks
    std::string query_status{};  // as the sensor writes it
    std::uint32_t agents = 0;    // that have asked for the domain, this one included; 0: not known
    /// A JSON object: by provider keys of what `enrichd cache get -o json` shows. A text "N days ago" is that
    /// date.
    std::string facts = "{}";

    /// What is not given is not looked at.
    struct Expected {
        std::optional<std::string> decision{};
        std::optional<std::string> severity{};  // of the last event; none when there is no event
        std::optional<std::vector<std::string>> findings{};
        std::optional<std::vector<std::string>> events{};  // kinds
    };
    Expected expected{};
};

struct PolicyTestFile {
    std::vector<PolicyTest> tests;
    std::vector<Problem> errors;  // then `tests` is not whole
};

/// `file` is for the messages. `now` is what "N days ago" counts from.
PolicyTestFile parse_policy_tests(const std::string& text, const std::string& file, WallTime now);

}  // namespace enrichd

// How serious an event is, from all that is known when it is reported: a sum of points. docs/judgement.md has
// the table.
#pragma once

#include <boost/container/small_vector.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/finding_kind.hpp"

namespace enrichd {

enum class Severity : std::uint8_t { info, low, medium, high, critical };

inline constexpr std::array<std::string_view, 5> severity_names{"info", "low", "medium", "high", "critical"};

constexpr std::string_view label(Severity severity) {
    return severity_names[static_cast<std::size_t>(severity)];
}

struct SeverityFacts {
    KindSet found;                    // of the event and of the events before it
    std::string_view list;            // confidence of the local list that has the name; empty: none has it
    std::string_view intelligence;    // of the threat intelligence that lists it
    std::optional<long> age_days;     // of the domain
    std::uint32_t agents = 0;         // that have asked for the domain; 0: not known
    std::string_view program;         // path of the program that asked; empty: not known
    std::string_view query_status{};  // as the sensor writes it
};

struct SeverityStep {
    std::string_view fact;  // in words; lives for ever
    int points;
};

struct Grade {
    Severity severity = Severity::info;
    boost::container::small_vector<SeverityStep, 8> steps;  // their sum is the severity, within its bounds
};

Grade grade_of(const SeverityFacts& facts);

/// Whether a sensor says so of the name.
bool does_not_exist(std::string_view query_status);

/// A text of a context (model/alert_context.hpp) as it stands there, with its escapes; empty when it is not
/// there. `before` is what stands before it.
std::string_view text_of_context(std::string_view context, std::string_view before);
inline constexpr std::string_view before_time = R"("time":")";
inline constexpr std::string_view before_client = R"("client":")";
inline constexpr std::string_view before_process = R"("process":")";
inline constexpr std::string_view before_query_status = R"("query_status":")";

}  // namespace enrichd

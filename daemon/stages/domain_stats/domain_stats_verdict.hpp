// What Domain Stats says of a domain.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace enrichd {

struct DomainStatsVerdict {
    /// Without YOUR-FIRST-CONTACT: that is said once, and this is what the cache keeps.
    std::vector<std::string> alerts;
    std::string category;  // "NEW", "ESTABLISHED", "ERROR" or what else the server says

    /// The two scores; or, when the server has none to give, its text; or neither.
    std::vector<double> freq_scores;
    std::string freq_text;

    std::string seen_by_isc;
    std::string seen_by_web;
    std::string seen_by_you;

    /// Why the embedded engine does not know the age, when the registry said something. No alert: it says
    /// nothing against the domain.
    std::string age_failure{};
    bool provisional = false;  // nobody could be asked for the age now
    bool truncated = false;    // some of it was too long or too many

    bool operator==(const DomainStatsVerdict&) const = default;
};

/// What the alerts and the categories are called.
inline constexpr std::string_view unknown_category = "UNKNOWN";  // of the embedded engine: no age is known
inline constexpr std::string_view low_frequency_alert = "LOW-FREQ-SCORES";
inline constexpr std::string_view suspect_frequency_alert = "SUSPECT-FREQ-SCORE";
inline constexpr std::string_view no_suffix_alert = "No valid eTLD exists for this domain.";

/// Whether the embedded engine took it from a list of known domains: then no registry said anything.
bool established_by_a_list(const DomainStatsVerdict& verdict);

/// Bytes on the heap, for the cache's bound.
std::size_t heap_bytes(const DomainStatsVerdict& verdict);

inline constexpr std::string_view first_contact_alert = "YOUR-FIRST-CONTACT";

struct DomainStatsAnswer {
    DomainStatsVerdict verdict;
    bool first_contact = false;
    bool recovered = false;  // it did not say so itself: its first answer was lost

    /// Somebody else is about to report the first contact, and may yet fail to. Nothing is to be written down
    /// that says that it was reported.
    bool under_way = false;

    /// The state file did not take it that the domain was asked for.
    bool unnoted = false;

    /// The age could not be found out, for no reason that lies in the domain: worth another question then.
    std::optional<std::chrono::milliseconds> age_again_in{};
};

/// All alerts in the original's order: what is said of the frequency, the first contact, the rest.
std::vector<std::string> alerts_of(const DomainStatsVerdict& verdict, bool first_contact);

/// The body of an answer, as Domain Stats writes it: compact, keys sorted, ASCII, a line feed at the end.
std::string to_domain_stats_json(const DomainStatsVerdict& verdict, bool first_contact);

/// Whether it is reported to a SIEM: there is an alert and the look-up did not fail, or the domain is new.
bool worth_an_event(const DomainStatsAnswer& answer);

/// Reads the body of an answer. Missing and oddly typed fields are tolerated: at most 16 alerts of 512 bytes
/// are kept, texts are cut at 512 bytes. Errors: body_not_json; body_wrong_shape when it has neither alerts
/// nor a category.
[[nodiscard]] result<DomainStatsAnswer> parse_domain_stats(std::string_view body);

}  // namespace enrichd

#include "pipeline/provider_labels.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace enrichd {
namespace {

enum class Made : std::uint8_t {
    letters_and_digits,
    hex,
    hex_and_hyphens,
    digits,
    anything,
};

enum class Place : std::uint8_t {
    whole,  // the label behind `prefix`
    last,   // behind its last hyphen, with a digit
    part    // any part between hyphens that has a letter behind a digit
};

struct LabelPattern {
    std::string_view suffix;   // its last two labels
    std::string_view service;  // a label before these, or its part before a hyphen; empty: any
    std::string_view prefix;
    Place place;
    std::size_t least;  // characters that are made up
    std::size_t most;
    Made made;
};

/// By the last two labels of the suffix.
constexpr std::array label_patterns{
    LabelPattern{"akamai.net", "", "", Place::whole, 1, 63, Made::anything},
    LabelPattern{"akamaiedge.net", "", "", Place::whole, 1, 63, Made::anything},
    LabelPattern{"amazonaws.com", "execute-api", "", Place::whole, 10, 10,
                 Made::letters_and_digits},  // execute-api
    LabelPattern{"amazonaws.com", "s3", "", Place::whole, 20, 63,
                 Made::hex_and_hyphens},                                         // buckets named by a UUID
    LabelPattern{"amazonaws.com", "elb", "", Place::last, 8, 10, Made::digits},  // load balancers
    LabelPattern{"amazonaws.com", "elb", "", Place::last, 16, 16, Made::hex},
    LabelPattern{"amplifyapp.com", "", "d", Place::whole, 11, 14, Made::letters_and_digits},
    LabelPattern{"appspot.com", "", "", Place::last, 5, 6, Made::digits},
    LabelPattern{"awsapprunner.com", "", "", Place::whole, 10, 10, Made::letters_and_digits},
    LabelPattern{"azurecontainerapps.io", "", "", Place::last, 8, 8, Made::hex},
    LabelPattern{"azurestaticapps.net", "", "", Place::last, 9, 9, Made::letters_and_digits},
    LabelPattern{"azurewebsites.net", "", "", Place::last, 16, 16, Made::letters_and_digits},
    LabelPattern{"cloudfront.net", "", "d", Place::whole, 11, 14, Made::letters_and_digits},
    LabelPattern{"deno.dev", "", "", Place::last, 12, 12, Made::letters_and_digits},
    LabelPattern{"elasticbeanstalk.com", "", "eba-", Place::whole, 8, 8, Made::letters_and_digits},
    LabelPattern{"firebaseapp.com", "", "", Place::last, 5, 5, Made::hex},
    LabelPattern{"herokuapp.com", "", "", Place::last, 5, 5, Made::digits},
    LabelPattern{"herokuapp.com", "", "", Place::last, 12, 12, Made::hex},
    LabelPattern{"netlify.app", "", "", Place::last, 6, 6, Made::hex},
    LabelPattern{"netlify.app", "", "", Place::part, 24, 24, Made::hex},
    LabelPattern{"on.aws", "", "", Place::whole, 32, 32, Made::letters_and_digits},  // lambda-url
    LabelPattern{"ondigitalocean.app", "", "", Place::last, 5, 5, Made::letters_and_digits},
    LabelPattern{"r2.dev", "", "pub-", Place::whole, 32, 32, Made::hex},
    LabelPattern{"run.app", "", "", Place::part, 10, 12, Made::letters_and_digits},
    LabelPattern{"vercel.app", "", "", Place::part, 9, 9, Made::letters_and_digits},
    LabelPattern{"web.app", "", "", Place::last, 5, 5, Made::hex},
    LabelPattern{"windows.net", "", "md-", Place::whole, 12, 12, Made::letters_and_digits},  // disks
};
static_assert(std::is_sorted(label_patterns.begin(), label_patterns.end(),
                             [](const LabelPattern& a, const LabelPattern& b) {
                                 return a.suffix < b.suffix;
                             }));

constexpr bool digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_made(Made made, char c) {
    const bool hex = digit(c) || (c >= 'a' && c <= 'f');
    switch (made) {
        case Made::digits:
            return digit(c);
        case Made::hex:
            return hex;
        case Made::hex_and_hyphens:
            return hex || c == '-';
        case Made::letters_and_digits:
            return digit(c) || (c >= 'a' && c <= 'z');
        case Made::anything:
            break;
    }
    return true;
}

bool fits(const LabelPattern& pattern, std::string_view part) {
    return part.size() >= pattern.least && part.size() <= pattern.most &&
           std::all_of(part.begin(), part.end(), [&pattern](char c) { return is_made(pattern.made, c); });
}

bool has_digit(std::string_view part) {
    return std::any_of(part.begin(), part.end(), digit);
}

bool has_letter_behind_digit(std::string_view part) {
    const auto first = std::find_if(part.begin(), part.end(), digit);
    return std::any_of(first, part.end(), [](char c) { return !digit(c); });
}

bool some_part_fits(const LabelPattern& pattern, std::string_view label) {
    for (;;) {
        const std::size_t hyphen = label.find('-');
        const std::string_view part = label.substr(0, hyphen);
        if (fits(pattern, part) && has_letter_behind_digit(part)) return true;
        if (hyphen == std::string_view::npos) return false;
        label.remove_prefix(hyphen + 1);
    }
}

bool is_made(const LabelPattern& pattern, std::string_view label) {
    const std::size_t hyphen = label.rfind('-');
    switch (pattern.place) {
        case Place::whole:
            return label.starts_with(pattern.prefix) && fits(pattern, label.substr(pattern.prefix.size()));
        case Place::last:
            return hyphen != std::string_view::npos && fits(pattern, label.substr(hyphen + 1)) &&
                   has_digit(label.substr(hyphen + 1));
        case Place::part:
            break;
    }
    return some_part_fits(pattern, label);
}

/// The last two labels; empty when there is one alone.
std::string_view last_two(std::string_view suffix) {
    const std::size_t dot = suffix.rfind('.');
    if (dot == std::string_view::npos) return {};
    const std::size_t before = suffix.rfind('.', dot - 1);
    return before == std::string_view::npos ? suffix : suffix.substr(before + 1);
}

bool has_service(std::string_view suffix, std::string_view service) {
    for (;;) {
        const std::size_t dot = suffix.find('.');
        const std::string_view label = suffix.substr(0, dot);
        if (label == service || (label.starts_with(service) && label[service.size()] == '-')) return true;
        if (dot == std::string_view::npos) return false;
        suffix.remove_prefix(dot + 1);
    }
}

}  // namespace

std::string_view provider_of(std::string_view domain) {
    const std::size_t dot = domain.find('.');
    if (dot == std::string_view::npos || dot == 0) return {};
    const std::string_view whole_suffix = domain.substr(dot + 1);
    const std::string_view suffix = last_two(whole_suffix);
    if (suffix.empty()) return {};
    const std::string_view label = domain.substr(0, dot);
    const auto first = std::lower_bound(
        label_patterns.begin(), label_patterns.end(), suffix,
        [](const LabelPattern& pattern, std::string_view wanted) { return pattern.suffix < wanted; });
    for (auto pattern = first; pattern != label_patterns.end() && pattern->suffix == suffix; ++pattern)
        if ((pattern->service.empty() || has_service(whole_suffix, pattern->service)) &&
            is_made(*pattern, label))
            return pattern->suffix;
    return {};
}

std::string_view judged_domain(const HostName& name, const KnownNames* known) {
    const std::string_view provider = provider_of(name.registrable());
    const bool as_itself = provider.empty() || (known && !known->known_by(name.registrable()).empty());
    return as_itself ? name.registrable() : provider;
}

}  // namespace enrichd

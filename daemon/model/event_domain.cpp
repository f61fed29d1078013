#include "model/event_domain.hpp"

#include <algorithm>
#include <chrono>

namespace enrichd {
namespace {

std::string padded(unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

/// Below, an age is given in days.
constexpr long two_years = 730;
constexpr long days_of_year = 365;

}  // namespace

std::optional<long> EventDomain::age_days() const {
    if (!registered || *registered > now + std::chrono::days(1)) return std::nullopt;
    return std::max(0L, static_cast<long>(std::chrono::floor<std::chrono::days>(now - *registered).count()));
}

std::string EventDomain::registered_on() const {
    if (!registered) return {};
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(*registered));
    return std::to_string(static_cast<int>(day.year())) + "-" + padded(static_cast<unsigned>(day.month())) +
           "-" + padded(static_cast<unsigned>(day.day()));
}

std::string EventDomain::registered_when() const {
    const auto days = age_days();
    if (!days) return {};
    if (*days == 0) return "registered today";
    if (*days == 1) return "registered 1 day ago";
    const bool in_years = *days >= two_years;
    return "registered " + std::to_string(in_years ? *days / days_of_year : *days) +
           (in_years ? " years ago" : " days ago");
}

}  // namespace enrichd

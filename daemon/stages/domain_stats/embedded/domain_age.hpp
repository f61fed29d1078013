// How old a domain is to us, and how long that is good: the rules of Domain Stats, fixed where they harm.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/registration.hpp"

namespace enrichd {

struct DomainAgeOptions {
    std::chrono::milliseconds established_after = std::chrono::hours(24 * 730);
    std::chrono::milliseconds error_ttl = std::chrono::hours(24 * 7);
    bool operator==(const DomainAgeOptions&) const = default;
};

/// A registration in the future is a new one too.
inline bool established(const Registration& registration, WallTime now, const DomainAgeOptions& options) {
    return now - registration.registered > options.established_after;
}

/// When the registry is asked again. As the original: when the registration expires, and for a new domain
/// also when it is old enough. Unlike it not before a day is over: an expiry in the past would mean a
/// question each time. Where no expiry is known, after thirty days.
inline WallTime good_until(const Registration& registration, WallTime now, const DomainAgeOptions& options) {
    using std::chrono::days;
    WallTime until = registration.expires.value_or(now + days(30));
    if (!established(registration, now, options))
        until = std::min(until, std::chrono::ceil<std::chrono::seconds>(registration.registered +
                                                                        options.established_after));
    return std::max(until, now + days(1));
}

/// The same after a failure. What the registry said of this domain holds for error_ttl, as the original has
/// it for every failure; what says nothing of the domain, such as a time-out, for at most an hour.
inline WallTime failure_good_until(bool about_the_domain, WallTime now, const DomainAgeOptions& options) {
    const auto hour = std::chrono::milliseconds(std::chrono::hours(1));
    const auto ttl = about_the_domain ? options.error_ttl : std::min(options.error_ttl, hour);
    return now + std::chrono::ceil<std::chrono::seconds>(ttl);
}

}  // namespace enrichd

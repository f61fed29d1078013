// What a registry tells of a domain (RFC 9083).
#pragma once

#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "base/units.hpp"

namespace enrichd {

struct Registration {
    WallTime registered;
    std::optional<WallTime> expires;
    bool operator==(const Registration&) const = default;
};

/// Reads the body of an RDAP answer: the first event "registration" with a date, the first "expiration" with
/// one. Errors: body_not_json, body_too_large; body_wrong_shape when it is no object;
/// no_registration_date.
[[nodiscard]] result<Registration> parse_registration(std::string_view body);

}  // namespace enrichd

// What a registry says of a domain (RFC 9083).
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace enrichd {

struct Registration {
    WallTime registered;
    std::optional<WallTime> expires;
    bool operator==(const Registration&) const = default;
};

/// Reads the body of a registry's answer about `domain`, a HostName's registrable domain: the latest date of
/// its events "registration" and "reregistration", the first date of "expiration". A date before 1985 or
/// after 2099 stands for none: the first domain is of 1985. An answer that names no domain is taken for ours,
/// for some registries leave the name out. Errors: body_not_json, body_too_large; body_wrong_shape when it is
/// no object, or one of another kind than a domain; other_name; no_registration_date.
[[nodiscard]] result<Registration> parse_registration(std::string_view body, std::string_view domain);

}  // namespace enrichd

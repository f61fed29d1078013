// Basic authentication (RFC 7617): what a header says, and whether it is the right one.
#pragma once

#include <string_view>

#include "base/secret.hpp"

namespace enrichd {

/// The value of the header for "user:password".
Secret basic_auth(std::string_view user_and_password);
Secret basic_auth(std::string_view user, const Secret& password);

/// Whether a header is that one. The scheme may be in any case (RFC 9110); the rest is compared in constant
/// time.
bool is_basic_auth(std::string_view header, const Secret& wanted);

/// Compares in constant time. False when the secret is empty.
bool same_secret(std::string_view given, const Secret& secret);

}  // namespace enrichd

// Basic authentication (RFC 7617): what a header says, and whether it is the right one.
#pragma once

#include <string_view>

#include "base/secret.hpp"

namespace enrichd {

/// The value of the header for "user:password".
Secret basic_auth(std::string_view user_and_password);

/// Takes as long wherever they differ. An empty secret is nobody's.
bool same_secret(std::string_view given, const Secret& secret);

}  // namespace enrichd

// What no key of the configuration is wrong about by itself.
#pragma once

#include "config/config.hpp"

namespace enrichd {

/// Adds the errors and warnings to `parsed`.
void check_together(ParsedConfig& parsed);

}  // namespace enrichd

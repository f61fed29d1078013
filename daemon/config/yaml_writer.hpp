// The effective configuration as YAML, for `enrichd check --show`.
#pragma once

#include <string>

#include "config/config.hpp"

namespace enrichd {

/// parse_config of the text gives the same configuration.
std::string to_yaml(Config config);

}  // namespace enrichd

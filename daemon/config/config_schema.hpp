// The configuration's keys as a JSON schema, for editors that complete and check YAML.
#pragma once

#include <string>

namespace enrichd {

/// Of draft 2020-12. It has neither the rules for texts nor those for keys that need each other: `enrichd
/// check` has.
std::string configuration_schema();

}  // namespace enrichd

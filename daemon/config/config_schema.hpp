// The configuration's keys as a JSON schema, for editors that complete and check YAML.
#pragma once

#include <string>

namespace enrichd {

/// Of draft 2020-12. What only `enrichd check` can tell (texts, keys that need each other) is not in it.
std::string configuration_schema();

}  // namespace enrichd

// What this build is.
#pragma once

#include <string>

namespace enrichd {

/// "1.0.0"
extern const char* const version;

/// Version, build and libraries, one a line.
std::string version_text();

/// The same as a JSON object: version, build, compiler, libraries by name.
std::string version_json();

}  // namespace enrichd

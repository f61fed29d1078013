// What this build is.
#pragma once

#include <string>

namespace enrichd {

/// "0.1.0"
extern const char* const version;

/// Version, compiler and libraries, one a line.
std::string version_report();

}  // namespace enrichd

// Whether the files that the configuration names are there, and whether the daemon may read them.
#pragma once

#include "config/config.hpp"

namespace enrichd {

/// Adds a problem for each that is not: an error where the daemon does not start without the file, else a
/// warning. Rights are tried as the daemon's user, which only root can do.
void look_at_files(ParsedConfig& parsed, const char* account = "enrichd");

}  // namespace enrichd

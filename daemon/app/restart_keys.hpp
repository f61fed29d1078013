// What a reload cannot change.
#pragma once

#include <string>

#include "app/config.hpp"

namespace enrichd {

/// The keys that differ and take effect at the next start, "outputs.file, state.sync"; empty when there are
/// none.
std::string restart_keys(const Config& before, const Config& after);

}  // namespace enrichd

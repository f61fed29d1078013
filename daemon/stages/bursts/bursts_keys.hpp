// The keys of the section bursts.
#pragma once

#include <string>

#include "base/config_visitor.hpp"
#include "stages/bursts/bursts_config.hpp"

namespace enrichd {

void visit_bursts(BurstsConfig& config, ConfigVisitor& visitor);

/// For `enrichd check`.
std::string summary_of(const BurstsConfig& config);

}  // namespace enrichd

// Every key of the configuration, once: its place in Config, its bounds and what it means.
#pragma once

#include "base/config_visitor.hpp"
#include "config/config.hpp"

namespace enrichd {

void visit(Config& config, ConfigVisitor& visitor);

}  // namespace enrichd

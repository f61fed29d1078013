// Metrics as Prometheus reads them: the text format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#pragma once

#include <string>

#include "base/metrics.hpp"

namespace enrichd {

std::string exposition(const Metrics& metrics);

}  // namespace enrichd

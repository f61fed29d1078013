// The values that the labels reason, outcome and result of the metrics may have.
#pragma once

#include <string>

namespace enrichd {

/// A table in Markdown, for docs/metrics.md.
std::string label_values();

}  // namespace enrichd

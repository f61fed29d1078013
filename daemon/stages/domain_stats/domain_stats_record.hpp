// Verdicts on domains as first versions kept them in the state file: JSON. They are packed since
// (packed_verdict.hpp).
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "stages/domain_stats/domain_stats_verdict.hpp"

namespace enrichd {

/// What is missing is as in a fresh verdict. Errors: body_not_json; body_wrong_shape when it is no object, or
/// a value is of another type.
[[nodiscard]] result<DomainStatsVerdict> domain_stats_verdict_of(std::string_view record);

}  // namespace enrichd

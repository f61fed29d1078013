// Verdicts of OTX as the state file keeps them: JSON, read again by this and by later versions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "stages/otx/otx_verdict.hpp"

namespace enrichd {

std::string to_record(const OtxVerdict& verdict);

/// What is missing is as in a fresh verdict. Errors: body_not_json; body_wrong_shape when it is no object, a
/// value is of another type, a base indicator is no JSON object, or it is larger than a verdict that was
/// learnt here.
[[nodiscard]] result<OtxVerdict> otx_verdict_of(std::string_view record);

}  // namespace enrichd

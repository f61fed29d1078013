// `enrichd test`: whether the configuration decides as a file of tests says.
#pragma once

#include <string>

#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

/// Runs the tests of the file; asks nobody, and no running daemon. Not good when one fails or the file cannot
/// be used.
Report run_policy_tests(const Config& config, const std::string& file);

}  // namespace enrichd

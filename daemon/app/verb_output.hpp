// What all verbs print in the same way.
#pragma once

#include <iosfwd>
#include <vector>

#include "app/arguments.hpp"
#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

/// A line for each, behind `kind`.
void print(std::ostream& out, const std::vector<Problem>& problems, const char* kind);

/// Prints the report in the format that was asked for. The exit code.
int print(const Arguments& arguments, const Report& report);

}  // namespace enrichd

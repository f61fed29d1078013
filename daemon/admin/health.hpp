// The health of all parts.
#pragma once

#include <string>
#include <vector>

#include "admin/view.hpp"
#include "base/health.hpp"

namespace enrichd {

std::vector<Check> run_checks(const View& view);

/// The names of those that are not ok.
std::vector<std::string> names_of_troubles(const View& view);

/// The worst of them.
Health overall(const std::vector<Check>& checks);

/// The body of /healthz.
std::string health_json(const View& view);

}  // namespace enrichd

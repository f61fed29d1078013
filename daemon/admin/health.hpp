// The health of all parts.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

#include "admin/view.hpp"
#include "base/health.hpp"

namespace enrichd {

std::vector<Check> run_checks(const View& view);

/// The names of those that are not ok.
std::vector<std::string> names_of_troubles(const View& view);

/// What an operator wants to know of one that is not ok: since when, of what address, what to do and where
/// more of that is written.
nlohmann::ordered_json trouble_json(const View& view, const Check& check);

/// The worst of them.
Health overall(const std::vector<Check>& checks);

/// The body of /healthz.
std::string health_json(const View& view);

}  // namespace enrichd

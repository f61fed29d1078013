// Whether the daemon does its job, and what keeps it from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/view.hpp"

namespace enrichd {

/// degraded: alerts are accepted and none is lost, but verdicts are delayed. down: alerts cannot be accepted,
/// or their events neither written nor kept.
enum class Health { ok, degraded, down };

std::string_view label(Health health);

struct Check {
    std::string_view name;
    Health health = Health::ok;
    std::string detail{};  // a sentence; empty when all is well
};

std::vector<Check> run_checks(const View& view);

/// What to do when the check of that name is not ok.
std::string_view advice(std::string_view check);

/// The names of those that are not ok.
std::vector<std::string_view> names_of_troubles(const View& view);

/// The worst of them.
Health overall(const std::vector<Check>& checks);

/// The body of /healthz.
std::string health_json(const View& view);

}  // namespace enrichd

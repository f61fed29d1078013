// Whether a part does its job, and what keeps it from it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace enrichd {

/// degraded: alerts are accepted and none is lost, but verdicts are delayed. down: alerts cannot be accepted,
/// or their events neither written nor kept.
enum class Health { ok, degraded, down };

constexpr std::string_view label(Health health) {
    switch (health) {
        case Health::ok:
            return "ok";
        case Health::degraded:
            return "degraded";
        case Health::down:
            return "down";
    }
    return "down";
}

struct Check {
    std::string name;
    Health health = Health::ok;
    std::string detail{};        // a sentence; empty when all is well
    std::string_view advice{};   // what to do when it is not; lives for ever
    std::string_view runbook{};  // the heading of docs/runbook.md about it; lives for ever
    std::string address{};       // of what fails, a URL or a path; empty when `detail` names it
    std::optional<Clock::duration> next_try{};  // from now on; nothing: at once, or when it is needed
};

}  // namespace enrichd

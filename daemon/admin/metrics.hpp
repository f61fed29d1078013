// The counts of all parts as Prometheus text (exposition format 0.0.4).
#pragma once

#include <string>

#include "admin/view.hpp"

namespace enrichd {

/// Labels are ours: never a domain, an agent or anything else from outside.
std::string metrics_text(const View& view);

}  // namespace enrichd

// What the daemon is doing, as one JSON document: for `enrichd status` and the status page. No name of a
// host, a domain or an agent is in it.
#pragma once

#include <string>

#include "admin/history.hpp"
#include "admin/view.hpp"

namespace enrichd {

/// docs/operations.md describes the members.
std::string status_json(const View& view);

/// For the history.
Totals totals_of(const View& view);

}  // namespace enrichd

// What the daemon is doing, as one JSON document: for `enrichd status` and the status page. No name of a
// host, a domain or an agent is in it.
#pragma once

#include <string>

#include "admin/view.hpp"

namespace enrichd {

/// docs/operations.md describes the members.
std::string status_json(const View& view);

/// Without what was in the past: it fits into a line of the journal.
std::string short_status_json(const View& view);

}  // namespace enrichd

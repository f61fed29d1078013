// The status document (admin/status.hpp) for people at a terminal.
#pragma once

#include <string>

namespace enrichd {

std::string status_text(const std::string& json);

/// The answer to the verb `queue`.
std::string queue_text(const std::string& json);

/// The member `caches` of it alone.
std::string caches_text(const std::string& json);

}  // namespace enrichd

// The LOCATION of a message to Wazuh's queue: which agent an event is about.
#pragma once

#include <string>
#include <string_view>

#include "model/alert.hpp"

namespace enrichd {

/// "dns_stats" for the manager (agent 000 or none), else "[id] (name) ip->dns_stats" with `|` and `:` of the
/// agent part escaped as analysisd reads them (virustotal.py of Wazuh 4.4 and later: `|` to `||`, then `:` to
/// `|:`). What would move the borders of that form (control characters, `)` and `>` in a name, anything but
/// an address in an ip) is replaced. `source` is ours and holds none of these.
std::string location(const Agent& agent, std::string_view source);

}  // namespace enrichd

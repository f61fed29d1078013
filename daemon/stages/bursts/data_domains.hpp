// Domains whose owners have data in host names by design.
#pragma once

#include <string_view>

namespace enrichd {

/// Whether names below a registrable domain, which is not empty, are known to be many, long and different
/// each time: look-ups of virus scanners and of block lists in DNS, measurements, and hosts of large
/// services. Nobody but their owner can receive what such a name carries.
bool carries_data_by_design(std::string_view domain);

}  // namespace enrichd

// The tables of the store, and how those of an older version become them.
#pragma once

#include "store/state_file.hpp"

namespace enrichd {

/// Brings an opened file up to date, in one transaction. A file of a later version is left alone:
/// store_later_version.
void migrate(StateFile& file);

}  // namespace enrichd

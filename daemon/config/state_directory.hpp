// Where the state file is.
#pragma once

#include "config/config.hpp"
#include "store/database.hpp"

namespace enrichd {

/// Makes the directory when there is none. (Under systemd there is.) What is wrong with it is found when the
/// file is opened.
DatabaseOptions prepared_state(const StateConfig& state);

}  // namespace enrichd

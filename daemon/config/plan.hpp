// From one configuration to the next: what there is to do. Nothing is opened, read or changed here. The start
// is the plan from none.
#pragma once

#include <string>

#include "config/config.hpp"

namespace enrichd {

/// Of something that listens.
enum class ListenerStep {
    leave,  // as it is, or that there is none
    open,   // it is wanted and there was none
    move,   // it is wanted elsewhere
    close   // it is not wanted any more
};

struct Plan {
    Config config;             // in effect from then on: what is wanted, but for the keys that need a restart
    std::string restart_keys;  // those that are wanted otherwise, "outputs.file, state.sync"; empty: none
    ListenerStep intake = ListenerStep::leave;
    ListenerStep admin = ListenerStep::leave;
    ListenerStep control = ListenerStep::leave;
    ListenerStep served = ListenerStep::leave;
};

/// `was` is in effect, null at the start. `intake_passed`: by systemd, whose socket stays whatever its key
/// says.
Plan plan(const Config* was, const Config& wants, bool intake_passed);

}  // namespace enrichd

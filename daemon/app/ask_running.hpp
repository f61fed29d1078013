// Verbs that ask the running daemon.
#pragma once

#include <functional>

#include "app/arguments.hpp"
#include "cli/report.hpp"
#include "config/config.hpp"

namespace enrichd {

using AskingWork = std::function<Report(const Config&)>;

/// What the work reports. A daemon of another version may answer in another shape.
Report answer_of(const AskingWork& work, const Config& config);

/// Runs a verb that asks the running daemon, which may go on with an earlier configuration: mistakes in the
/// file are only reported. The exit code.
int ask_running(const Arguments& arguments, const AskingWork& work);

}  // namespace enrichd

// The signals of the daemon. How a process takes them is set once, before it has threads.
#pragma once

#include <optional>

#include "base/fd.hpp"
#include "base/result.hpp"

namespace enrichd::signals {

/// SIGHUP, SIGINT, SIGTERM and SIGUSR2 wait from here on until they are read. Those that somebody may send by
/// mistake, and whose default is to end the process, are ignored.
void prepare();

/// A non-blocking descriptor that is readable when one waits.
[[nodiscard]] result<Fd> open();

/// The next that waits at such a descriptor.
std::optional<int> next(int descriptor);

}  // namespace enrichd::signals

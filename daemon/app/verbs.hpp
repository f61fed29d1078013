// The command line.
#pragma once

namespace enrichd {

/// Runs one verb. Exit code: 0 fine, 1 failed, 2 wrong usage, 78 bad configuration.
int run_command_line(int argc, char** argv);

}  // namespace enrichd

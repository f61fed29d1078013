// Other programs, run for a verb.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace enrichd {

struct ProgramRun {
    int exit_code = -1;  // 127: it could not be started; -1: it took too long and was killed
    std::string output;  // standard output and error, at most 1 MiB
};

/// Runs a program of the PATH or by its path, with nothing on its standard input.
ProgramRun run_program(const std::vector<std::string>& command, std::chrono::milliseconds limit);

}  // namespace enrichd

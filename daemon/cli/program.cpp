#include "cli/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "base/clock.hpp"
#include "base/fd.hpp"

namespace enrichd {
namespace {

constexpr std::size_t max_output = 1024 * 1024;

[[noreturn]] void become(const std::vector<std::string>& command, int output) {
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& one : command) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

/// Until the end of the output; false when the time is over first.
bool read_all(int from, Clock::time_point limit, std::string& into) {
    std::array<char, 4096> block{};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - Clock::now()).count();
        pollfd waited{from, POLLIN, 0};
        if (left <= 0 || ::poll(&waited, 1, static_cast<int>(left)) <= 0) return false;
        const ssize_t got = ::read(from, block.data(), block.size());
        if (got <= 0) return true;
        const std::size_t room = max_output - std::min(max_output, into.size());
        into.append(block.data(), std::min(static_cast<std::size_t>(got), room));
    }
}

}  // namespace

ProgramRun run_program(const std::vector<std::string>& command, std::chrono::milliseconds limit) {
    ProgramRun run;
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return run;
    const Fd reading(ends[0]);
    Fd writing(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) become(command, writing.get());
    writing.reset();
    if (child < 0) return run;
    const bool ended = read_all(reading.get(), Clock::now() + limit, run.output);
    if (!ended) ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (ended && WIFEXITED(status)) run.exit_code = WEXITSTATUS(status);
    return run;
}

}  // namespace enrichd

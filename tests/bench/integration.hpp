// A program that is run as Wazuh's integrator runs one.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "bench/figures.hpp"

namespace enrichd::test {

using Microseconds = std::chrono::duration<double, std::micro>;

/// Runs a program as Wazuh's integrator does (fork, a session of its own, output into a pipe that is read to
/// its end, wait); microseconds from before the fork to the end of the wait.
inline double run_time(const std::vector<std::string>& arguments, char** environment) {
    std::vector<char*> argv;
    for (const std::string& one : arguments) argv.push_back(const_cast<char*>(one.c_str()));
    argv.push_back(nullptr);
    const auto start = BenchClock::now();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        ::setsid();
        ::execve(argv[0], argv.data(), environment);
        ::_exit(127);
    }
    ::close(ends[1]);
    char byte = 0;
    while (::read(ends[0], &byte, 1) > 0) continue;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) give_up(arguments.front() + " failed");
    return Microseconds(BenchClock::now() - start).count();
}

/// The environment and the arguments that Wazuh 4.8 and later give.
struct Integration {
    std::string program;
    std::string setting;

    double run_on(const std::string& file) const {
        char* environment[]{const_cast<char*>(setting.c_str()), nullptr};
        return run_time({program, file, "", "", "", "", "10", "3", "> /dev/null 2>&1"}, environment);
    }
};

}  // namespace enrichd::test

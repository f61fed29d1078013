// Another program, started and ended by a test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "support/wait.hpp"

namespace enrichd::test {

struct Command {
    std::filesystem::path program;
    std::vector<std::string> arguments;              // argv[0] included
    std::map<std::string, std::string> environment;  // beside our own
    std::filesystem::path output;                    // stdout and stderr; empty: a pipe, see Child::output()
    int passed_socket = -1;                          // as fd 3, the way systemd passes it; -1 none
    int input = -1;                                  // stdin; -1: /dev/null
};

class Child {
  public:
    explicit Child(const Command& command);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    pid_t pid() const { return pid_; }
    void signal(int number) const;

    /// Its exit code; 128 + n when a signal ended it; -1 when it did not end in time and was killed.
    int wait(std::chrono::milliseconds limit = patience);

    /// All that comes out of the pipe until its last holder has closed it.
    std::string output();

  private:
    pid_t pid_ = -1;
    Fd pipe_;
};

}  // namespace enrichd::test

#include "support/child.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <stdexcept>

namespace enrichd::test {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
}

std::vector<std::string> environment_of(const Command& command) {
    std::vector<std::string> out;
    for (char** at = environ; *at; ++at) {
        const std::string pair = *at;
        if (!command.environment.contains(pair.substr(0, pair.find('=')))) out.push_back(pair);
    }
    for (const auto& [name, value] : command.environment)
        out.push_back(std::string(name).append("=").append(value));
    return out;
}

}  // namespace

Child::Child(const Command& command) {
    std::vector<std::string> arguments = command.arguments;
    std::vector<std::string> environment = environment_of(command);
    // LISTEN_PID must name the child, which only it knows: room for the digits is made here.
    if (command.passed_socket >= 0)
        environment.insert(environment.end(), {"LISTEN_FDS=1", "LISTEN_PID=0000000000"});
    std::string& listen_pid = environment.back();
    auto argv = pointers(arguments);
    auto envp = pointers(environment);
    std::array<int, 2> ends{-1, -1};
    Fd out;
    if (command.output.empty()) {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
        pipe_ = Fd(ends[0]);
        out = Fd(ends[1]);
    } else {
        out = Fd(::open(command.output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    }
    const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("fork");
    if (pid_ == 0) {
        ::setsid();
        ::dup2(command.input >= 0 ? command.input : null.get(), 0);
        ::dup2(out.get(), 1);
        ::dup2(out.get(), 2);
        if (command.passed_socket >= 0) {
            ::dup2(command.passed_socket, 3);
            if (command.passed_socket == 3) ::fcntl(3, F_SETFD, 0);
            const auto digits =
                std::to_chars(&listen_pid[sizeof "LISTEN_PID"], &listen_pid.back(), ::getpid());
            *digits.ptr = '\0';
        }
        ::execve(command.program.c_str(), argv.data(), envp.data());
        ::_exit(127);
    }
}

Child::~Child() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
}

void Child::signal(int number) const {
    ::kill(pid_, number);
}

int Child::wait(std::chrono::milliseconds limit) {
    int status = 0;
    const bool ended = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }, limit);
    if (!ended) return -1;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string Child::output() {
    std::string all;
    std::array<char, 4096> buffer{};
    for (;;) {
        const ssize_t size = ::read(pipe_.get(), buffer.data(), buffer.size());
        if (size <= 0) return all;
        all.append(buffer.data(), static_cast<std::size_t>(size));
    }
}

}  // namespace enrichd::test

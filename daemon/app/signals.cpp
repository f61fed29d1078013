#include "app/signals.hpp"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace enrichd::signals {
namespace {

sigset_t awaited() {
    sigset_t set{};
    ::sigemptyset(&set);
    for (const int one : {SIGHUP, SIGINT, SIGTERM, SIGUSR2}) ::sigaddset(&set, one);
    return set;
}

}  // namespace

void prepare() {
    const sigset_t set = awaited();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    // A line meant for another daemon (logrotate, a script) must not end this one; a file at its size limit
    // and a reader that left are errors of the call.
    for (const int one : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR})
        std::signal(one, SIG_IGN);
}

result<Fd> open() {
    const sigset_t set = awaited();
    Fd descriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!descriptor) return last_error();
    return descriptor;
}

std::optional<int> next(int descriptor) {
    signalfd_siginfo one{};
    if (::read(descriptor, &one, sizeof one) != sizeof one) return std::nullopt;
    return static_cast<int>(one.ssi_signo);
}

}  // namespace enrichd::signals

// A fake server as a program: for the demo, and by hand.
#pragma once

#include <csignal>
#include <iostream>

namespace enrichd::fakes {

/// Blocks the signals that the program waits for, so made before the fake starts its thread.
class FakeProgram {
  public:
    FakeProgram() {
        sigemptyset(&signals_);
        for (const int each : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals_, each);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    }

    /// Prints the URL, and at each SIGUSR1 a line "COUNT REQUEST" for each distinct request so far, then an
    /// empty line. Prints them for the last time and returns at SIGTERM or SIGINT.
    template <class Fake>
    void run(const Fake& fake) const {
        std::cout << fake.url() << std::endl;
        for (int signal = SIGUSR1; signal == SIGUSR1;) {
            sigwait(&signals_, &signal);
            for (const auto& [request, count] : fake.asked()) std::cout << count << " " << request << "\n";
            std::cout << std::endl;
        }
    }

  private:
    sigset_t signals_{};
};

}  // namespace enrichd::fakes

// fake-domain-stats PORT [DELAY-MS]: the fake as a program, for the demo and by hand. Ends at SIGTERM.
#include <csignal>
#include <cstdlib>
#include <iostream>

#include "fakes/fake_domain_stats.hpp"

int main(int argc, char** argv) {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    const long port = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
    enrichd::fakes::FakeDomainStats fake(static_cast<std::uint16_t>(port));
    if (argc > 2) fake.delay(std::chrono::milliseconds(std::strtol(argv[2], nullptr, 10)));
    std::cout << fake.url() << std::endl;
    int which = 0;
    sigwait(&ending, &which);
}

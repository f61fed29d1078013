// fake-rdap FILE: the fake as a program, for the demo and by hand. Writes the bootstrap file that names it.
// Ends at SIGTERM and says then what it was asked.
#include <csignal>
#include <fstream>
#include <iostream>

#include "fakes/fake_rdap.hpp"

int main(int argc, char** argv) {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    const enrichd::fakes::FakeRdap fake;
    if (argc > 1) std::ofstream(argv[1]) << fake.bootstrap();
    std::cout << fake.url() << std::endl;
    int which = 0;
    sigwait(&ending, &which);
    for (const auto& [target, count] : fake.asked()) std::cout << count << " " << target << "\n";
}

// fake-otx DIRECTORY: the fake with TLS as a program, for the demo and by hand. Writes the certificate that
// vouches for it to DIRECTORY/ca.pem and the key it wants to DIRECTORY/key. Ends at SIGTERM.
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "fakes/fake_otx.hpp"
#include "fakes/test_ca.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: fake-otx DIRECTORY\n";
        return 2;
    }
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    ::umask(0077);

    const std::string directory = argv[1];
    const enrichd::fakes::TestCa ca;
    enrichd::fakes::FakeOtx fake(ca.certify());
    std::ofstream(directory + "/ca.pem") << ca.pem();
    std::ofstream(directory + "/key") << enrichd::fakes::FakeOtx::key << "\n";
    std::cout << fake.url() << std::endl;
    int which = 0;
    sigwait(&ending, &which);
    for (const auto& [what, times] : fake.asked()) std::cout << times << " " << what << "\n";
}

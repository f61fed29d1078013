// fake-rdap FILE: the fake registry as a program. Writes the bootstrap file that names it.
#include <fstream>

#include "fakes/fake_program.hpp"
#include "fakes/fake_rdap.hpp"

int main(int argc, char** argv) {
    const enrichd::fakes::FakeProgram program;
    const enrichd::fakes::FakeRdap fake;
    if (argc > 1) std::ofstream(argv[1]) << fake.bootstrap();
    program.run(fake);
}

// fake-otx DIRECTORY: the fake OTX as a program. Writes the API key that it accepts into DIRECTORY/key.
#include "fakes/fake_otx.hpp"
#include "fakes/fake_program.hpp"

int main(int argc, char** argv) {
    const enrichd::fakes::FakeProgram program;
    const enrichd::fakes::FakeOtx fake;
    if (argc > 1) fake.section(argv[1]);
    program.run(fake);
}

#include "simulation/simulation.hpp"

#include <unistd.h>

#include "simulation/world.hpp"
#include "support/temp_dir.hpp"

namespace enrichd::test::simulation {

Outcome simulate(const RunSettings& settings, const std::string& directory) {
    World world(settings, directory);
    return world.run();
}

RunSettings settings_of(std::uint64_t seed) {
    Chance chance(seed ^ 0x9e3779b97f4a7c15U);
    const Plan few{12, 5};  // a run costs less, and is understood sooner
    return {seed, make_steps(chance, chance.one_in(3) ? Plan() : few)};
}

std::string simulation_directory() {
    static const TempDir directory(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    return directory / "world";
}

}  // namespace enrichd::test::simulation

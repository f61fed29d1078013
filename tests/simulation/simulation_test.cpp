#include "simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <string>

#include "app/signals.hpp"

namespace enrichd::test::simulation {
namespace {

std::string joined(const std::vector<std::string>& sentences) {
    std::string out;
    for (const std::string& sentence : sentences) out.append(sentence).append("\n");
    return out;
}

class Simulation : public testing::Test {
  protected:
    Simulation() { signals::prepare(); }
    static Outcome run(std::uint64_t seed) { return simulate(settings_of(seed), simulation_directory()); }
};

TEST_F(Simulation, OfOneSeedIsTheSameToTheLastByteOfItsLog) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const std::string first = run(seed).log;
        ASSERT_EQ(first, run(seed).log) << "seed " << seed;
    }
}

TEST_F(Simulation, FindsNothingInAThousandSeeds) {
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        const Outcome outcome = run(seed);
        ASSERT_TRUE(outcome.good()) << "scripts/simulate --seed " << seed << " --runs 1\n"
                                    << joined(outcome.wrong);
    }
}

}  // namespace
}  // namespace enrichd::test::simulation

// Chance, for everything that is not a test: a test may give the seed from which all of it follows.
#pragma once

#include <cstdint>
#include <random>

namespace enrichd {

using Random = std::minstd_rand;

/// A seed that nobody can foresee, or the next that follows from a SeededChance.
std::uint64_t random_seed();

/// For as long as this lives each random_seed() follows from one seed. For tests; one at a time.
class SeededChance {
  public:
    explicit SeededChance(std::uint64_t seed);
    SeededChance(const SeededChance&) = delete;
    SeededChance& operator=(const SeededChance&) = delete;
    ~SeededChance();
};

inline Random random_generator() {
    return Random(static_cast<Random::result_type>(random_seed()));
}

}  // namespace enrichd

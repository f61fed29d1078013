// Chance, for everything that is not a test: a test may give the seed from which all of it follows.
#pragma once

#include <cstdint>
#include <random>

namespace enrichd {

using Random = std::minstd_rand;

/// A seed that nobody can foresee, or the next that follows from seed_all_with().
std::uint64_t random_seed();

/// From now on each random_seed() follows from this one. For tests.
void seed_all_with(std::uint64_t seed);

inline Random random_generator() {
    return Random(static_cast<Random::result_type>(random_seed()));
}

}  // namespace enrichd

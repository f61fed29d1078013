// What is drawn in a simulation: all of it follows from one seed.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>

namespace enrichd::test::simulation {

class Chance {
  public:
    explicit Chance(std::uint64_t seed) : draw_(seed) {}

    /// From 0 to one less than `bound`.
    std::uint64_t below(std::uint64_t bound) { return draw_() % bound; }
    bool one_in(std::uint64_t times) { return below(times) == 0; }

    template <class T>
    T one_of(std::initializer_list<T> those) {
        return *(those.begin() + below(those.size()));
    }

  private:
    std::mt19937_64 draw_;
};

}  // namespace enrichd::test::simulation

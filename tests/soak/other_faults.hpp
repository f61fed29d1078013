// What fails beside the daemon while it is killed, one thing after the other, from a seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "soak/world.hpp"

namespace enrichd::test {

/// Half of the names under domains of their own, half under a few; some that OTX knows.
std::string mixed_name(std::uint64_t seed, std::size_t number);

class OtherFaults {
  public:
    OtherFaults(World& world, std::mt19937_64& random) : world_(world), random_(random) {}
    ~OtherFaults() { end(); }
    OtherFaults(const OtherFaults&) = delete;
    OtherFaults& operator=(const OtherFaults&) = delete;

    /// Ends what fails, and lets something fail or nothing.
    void next();

  private:
    void end();

    World& world_;
    std::mt19937_64& random_;
};

}  // namespace enrichd::test

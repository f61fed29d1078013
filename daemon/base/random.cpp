#include "base/random.hpp"

#include <optional>

namespace enrichd {
namespace {

std::optional<std::mt19937_64>& seeds() {
    static std::optional<std::mt19937_64> given;
    return given;
}

}  // namespace

std::uint64_t random_seed() {
    if (auto& given = seeds()) return (*given)();
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

SeededChance::SeededChance(std::uint64_t seed) {
    seeds().emplace(seed);
}

SeededChance::~SeededChance() {
    seeds().reset();
}

}  // namespace enrichd

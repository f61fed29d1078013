// What the host names under a domain carry: a tunnel sends data to the owner of a domain in the names that
// are asked for below it, so they are long, look random, and never come twice. The measure is that of
// "information-based heavy hitters" (Ozery, Nadler, Shabtai: arXiv 2307.02614): information of different
// names by domain and time.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "asking/verdict_cache.hpp"
#include "base/clock.hpp"

namespace enrichd {

/// Length times the entropy of its characters (Shannon), in bytes.
double information(std::string_view text);

/// Of one agent and domain.
struct Carried {
    static constexpr std::size_t most_examples = 3;

    /// Half a window. Names differ by a bit of their hash, so a thousand different ones count as 790.
    struct Half {
        static constexpr std::size_t words = 32;
        static constexpr std::uint32_t distinguished =
            1'500;  // then each name counts, also one that came before
        std::int64_t number = std::numeric_limits<std::int64_t>::min();  // since 1970
        double bytes = 0;
        std::uint32_t names = 0;
        std::array<std::uint64_t, words> seen{};
    };
    Half now;
    Half before;  // the half before it
    std::vector<std::string> examples;

    double bytes() const { return now.bytes + before.bytes; }
    std::uint32_t names() const { return now.names + before.names; }
};
inline std::size_t heap_bytes(const Carried& carried) {
    return heap_bytes(carried.examples);
}

class CarriedBytes {
  public:
    /// Agents and domains beyond these bounds are forgotten, those that were asked for longest ago first.
    static constexpr CacheOptions bounds{20'000, std::size_t{32} * 1024 * 1024};
    /// Shorter parts before the domain are not counted: most names of services have them.
    static constexpr std::size_t least_host_part = 16;

    CarriedBytes() : pairs_(bounds) {}

    /// `bytes` within `window`, or within its second half, are a tunnel.
    void configure(std::size_t bytes, std::chrono::milliseconds window);

    /// An agent has asked for a name below a domain at a time: `pair` is both, `host` what stands before the
    /// domain, of least_host_part or more. What the names carry, when that is a tunnel, good until the next
    /// call; else null. The same name again changes nothing.
    const Carried* note(const std::string& pair, std::string_view host, WallTime at, Clock::time_point now);

    std::size_t pairs() const { return pairs_.size(); }

  private:
    const Carried* tunnel(const Carried* carried) const;

    double bytes_ = 0;
    std::chrono::seconds half_{1};
    VerdictCache<Carried> pairs_;
};

}  // namespace enrichd

// Domains that do not exist, and who asked for them lately: many at once are what malware asks for that makes
// up the names of its servers.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "asking/verdict_cache.hpp"
#include "base/clock.hpp"

namespace enrichd {

struct MissingDomain {
    WallTime at;
    std::string name;
};

/// Of one asker the last ones, all different.
using RecentMissing = std::vector<MissingDomain>;

/// Between the first and the last of them, of which there is one at least.
std::chrono::seconds time_between(const RecentMissing& domains);

inline std::size_t heap_bytes(const RecentMissing& domains) {
    std::size_t sum = domains.capacity() * sizeof(MissingDomain);
    for (const MissingDomain& one : domains) sum += heap_bytes(one.name);
    return sum;
}

class MissingDomains {
  public:
    /// Askers beyond these bounds are forgotten, those that asked longest ago first.
    static constexpr CacheOptions bounds{20'000, std::size_t{32} * 1024 * 1024};

    MissingDomains() : askers_(bounds) {}

    /// `domains` within `window` are a burst; at least one.
    void configure(std::size_t domains, std::chrono::milliseconds window);

    /// `asker` has asked for a domain at a time. The domains of the burst that this one belongs to, good
    /// until the next call; null when it belongs to none. The same domain again changes nothing.
    const RecentMissing* note(std::string asker, std::string_view domain, WallTime at, Clock::time_point now);

    std::size_t askers() const { return askers_.size(); }

  private:
    std::size_t domains_ = 1;
    std::chrono::seconds window_{0};
    VerdictCache<RecentMissing> askers_;
};

}  // namespace enrichd

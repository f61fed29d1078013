#include "stages/bursts/missing_domains.hpp"

#include <algorithm>
#include <utility>

namespace enrichd {
namespace {

/// Longer than any window: what is older shows by its own time.
constexpr Clock::duration asked_kept_for = std::chrono::hours(48);

bool earlier(const MissingDomain& a, const MissingDomain& b) {
    return a.at < b.at;
}

}  // namespace

void MissingDomains::configure(std::size_t domains, std::chrono::milliseconds window) {
    domains_ = domains;
    window_ = std::chrono::floor<std::chrono::seconds>(window);
}

/// The last domains are enough: they are a burst when the first of them is not too long ago.
const RecentMissing* MissingDomains::note(std::string asker, std::string_view domain, WallTime at,
                                          Clock::time_point now) {
    const RecentMissing* known = askers_.find(asker, now);
    const auto same = [domain](const MissingDomain& one) { return one.name == domain; };
    if (!known || std::none_of(known->begin(), known->end(), same)) {
        RecentMissing next = known ? *known : RecentMissing();
        while (!next.empty() && next.size() >= domains_)
            next.erase(std::min_element(next.begin(), next.end(), earlier));
        next.push_back({at, std::string(domain)});
        askers_.put(asker, std::move(next), asked_kept_for, now);
        known = askers_.find(asker, now);
    }
    if (!known || known->size() < domains_) return nullptr;
    return time_between(*known) <= window_ ? known : nullptr;
}

std::chrono::seconds time_between(const RecentMissing& domains) {
    const auto [first, last] = std::minmax_element(domains.begin(), domains.end(), earlier);
    return last->at - first->at;
}

}  // namespace enrichd

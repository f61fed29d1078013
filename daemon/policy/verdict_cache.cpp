#include "policy/verdict_cache.hpp"

namespace enrichd {

void VerdictCache::configure(const CacheOptions& options) {
    options_ = options;
    make_room();
}

const DomainStatsVerdict* VerdictCache::find(std::string_view domain, Clock::time_point now) {
    const auto found = index_.find(domain);
    if (found != index_.end() && found->second->expires <= now) {
        erase(found->second);
    } else if (found != index_.end()) {
        entries_.splice(entries_.begin(), entries_, found->second);
        ++hits_;
        return &found->second->verdict;
    }
    ++misses_;
    return nullptr;
}

void VerdictCache::put(std::string_view domain, DomainStatsVerdict verdict, Clock::time_point now) {
    if (const auto old = index_.find(domain); old != index_.end()) erase(old->second);
    const Clock::time_point expires = now + time_to_live(verdict);
    entries_.push_front({std::string(domain), std::move(verdict), expires});
    index_.emplace(entries_.front().domain, entries_.begin());
    bytes_ += cost(entries_.front());
    make_room();
}

std::size_t VerdictCache::cost(const Entry& entry) {
    constexpr std::size_t list_node = sizeof(Entry) + 2 * sizeof(void*);
    constexpr std::size_t index_node = sizeof(std::string_view) + 4 * sizeof(void*);
    return list_node + index_node + entry.domain.capacity() + 1 + entry.verdict.heap_bytes();
}

Clock::duration VerdictCache::time_to_live(const DomainStatsVerdict& verdict) {
    const auto whole = verdict.category == "ESTABLISHED" ? options_.established
                       : verdict.category == "ERROR"     ? options_.error
                                                         : options_.fresh;
    std::uniform_real_distribution<double> factor(0.9, 1.1);
    return std::chrono::duration_cast<Clock::duration>(whole * factor(spread_));
}

void VerdictCache::erase(Entries::iterator entry) {
    bytes_ -= cost(*entry);
    index_.erase(entry->domain);
    entries_.erase(entry);
}

void VerdictCache::make_room() {
    while (!entries_.empty() && (entries_.size() > options_.entries || bytes_ > options_.bytes))
        erase(std::prev(entries_.end()));
}

}  // namespace enrichd

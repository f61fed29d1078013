#include "sources/spool/spool_queue.hpp"

namespace enrichd {

void SpoolQueue::scan_ended(const std::vector<SpoolName>& oldest, std::size_t left_out) {
    pending_.assign(oldest.begin(), oldest.end());
    left_out_ = left_out;
}

std::optional<SpoolName> SpoolQueue::take() {
    if (pending_.empty()) return std::nullopt;
    const SpoolName name = pending_.front();
    pending_.pop_front();
    if (!taken_.insert(name).second) return std::nullopt;
    return name;
}

void SpoolQueue::retry_deferred() {
    for (const SpoolName& name : deferred_) taken_.erase(name);
    pending_.insert(pending_.end(), deferred_.begin(), deferred_.end());
    deferred_.clear();
}

}  // namespace enrichd

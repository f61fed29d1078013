// The ids of alerts lately taken, so that an alert which came by packet and by spool is worked on once.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

namespace enrichd {

class Recent {
  public:
    /// Remembers the last `window` ids.
    explicit Recent(std::size_t window = 65'536) : ring_(window) {}

    bool knows(std::uint64_t id) const { return ids_.contains(id); }

    /// An id is noted when its alert is safe: one that was sent away comes back with the same id.
    void note(std::uint64_t id) {
        if (!ids_.insert(id).second) return;
        std::uint64_t& oldest = ring_[next_];
        if (oldest != 0) ids_.erase(oldest);
        oldest = id;
        next_ = (next_ + 1) % ring_.size();
    }

  private:
    std::vector<std::uint64_t> ring_;  // 0: not yet used; no id is 0
    std::size_t next_ = 0;
    std::unordered_set<std::uint64_t> ids_;
};

}  // namespace enrichd

// Alerts lately taken, by the hash of what they say, so that one which comes twice (by packet and by spool,
// from two integration blocks, in a replay) is worked on once.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace enrichd {

class Recent {
  public:
    /// Remembers the last `window` that are safe.
    explicit Recent(std::size_t window = 65'536) : ring_(window) {}

    enum class Seen {
        never,
        in_work,  // taken, and not safe yet: whoever brings it again must not forget it
        safe
    };

    /// Takes an alert that was never seen. It is in work until settle().
    Seen take(std::uint64_t hash) {
        const auto [found, fresh] = state_.try_emplace(hash, Seen::in_work);
        return fresh ? Seen::never : found->second;
    }

    /// What was taken is safe, finished or kept; or it is not, and may come back.
    void settle(std::uint64_t hash, bool safe) {
        if (safe)
            note(hash);
        else
            state_.erase(hash);
    }

    /// It is safe, whoever took it.
    void note(std::uint64_t hash) {
        Seen& state = state_[hash];
        if (state == Seen::safe) return;
        state = Seen::safe;
        Place& place = ring_[next_];
        if (place.used) state_.erase(place.hash);
        place = {hash, true};
        next_ = (next_ + 1) % ring_.size();
    }

    /// Those that are safe, oldest first.
    std::vector<std::uint64_t> list() const {
        std::vector<std::uint64_t> out;
        for (std::size_t i = 0; i < ring_.size(); ++i) {
            const Place& place = ring_[(next_ + i) % ring_.size()];
            if (place.used) out.push_back(place.hash);
        }
        return out;
    }

  private:
    struct Place {
        std::uint64_t hash = 0;
        bool used = false;
    };
    std::vector<Place> ring_;
    std::size_t next_ = 0;
    std::unordered_map<std::uint64_t, Seen> state_;
};

}  // namespace enrichd

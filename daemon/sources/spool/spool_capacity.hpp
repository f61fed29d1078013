// Whether the spool is full, and which alerts the shims had to refuse because of it, or could not write. Only
// here is seen what they refused.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "sources/spool/spool_size.hpp"

namespace enrichd {

class SpoolCapacity {
  public:
    /// `size` outlives this, and is open before all but the constructor.
    SpoolCapacity(SpoolSize& size, std::size_t max_bytes) : size_(size), max_bytes_(max_bytes) {}

    /// Gives the limit to the shims. Alerts that they refused in an earlier run are not reported again.
    void start();

    void set_max_bytes(std::size_t max_bytes);

    /// Reports in the log what was refused since the last report.
    void note_refusals(Clock::time_point now);

    bool full() const { return size_.used() > max_bytes_ / 10 * 9; }  // or soon will be
    bool refuses() const { return full() && refused_lately_; }
    /// Alerts could not be written within the last minute though it is not full: its disk may be.
    bool cannot_be_written() const { return not_written_at_.has_value(); }

  private:
    SpoolSize& size_;
    std::size_t max_bytes_;
    std::uint64_t refused_ = 0;   // by shims, at the last look
    std::uint64_t reported_ = 0;  // of these
    bool refused_lately_ = false;
    std::optional<Clock::time_point> not_written_at_;
    log::Limit refusals_;
};

}  // namespace enrichd

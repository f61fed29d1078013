#include "sources/spool/spool_capacity.hpp"

#include <chrono>
#include <utility>

namespace enrichd {
namespace {

constexpr std::chrono::minutes lately{1};

}  // namespace

void SpoolCapacity::start() {
    size_.set_limit(max_bytes_);
    refused_ = reported_ = size_.refused();
}

void SpoolCapacity::set_max_bytes(std::size_t max_bytes) {
    max_bytes_ = max_bytes;
    size_.set_limit(max_bytes_);
}

void SpoolCapacity::note_refusals(Clock::time_point now) {
    const std::uint64_t refused = size_.refused();
    const std::uint64_t before = std::exchange(refused_, refused);
    if (refused < reported_) reported_ = refused;
    if (refused > reported_ && refusals_.allows(now)) {
        log::error(full() ? "the spool is full; alerts were refused and are lost"
                          : "alerts could not be written into the spool and are lost; its disk may be full",
                   {{"alerts", refused - reported_}, {"bytes", size_.used()}});
        reported_ = refused;
    }
    if (refused != before)
        refused_lately_ = true;
    else if (!full())
        refused_lately_ = false;
    if (refused != before && !full())
        not_written_at_ = now;
    else if (not_written_at_ && now - *not_written_at_ >= lately)
        not_written_at_.reset();
}

}  // namespace enrichd

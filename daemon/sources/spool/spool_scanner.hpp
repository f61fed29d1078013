// When new/ is scanned, and what a scan changes: the queue of files, the size of the spool, its problems.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "sources/spool/spool_directory.hpp"
#include "sources/spool/spool_queue.hpp"
#include "sources/spool/spool_scan.hpp"
#include "sources/spool/spool_trouble.hpp"

namespace enrichd {

class SpoolScanner {
  public:
    /// Scans every `interval` for what inotify did not report. All outlive this.
    SpoolScanner(SpoolDirectory& directory, SpoolQueue& queue, SpoolTrouble& trouble,
                 Clock::duration interval)
        : directory_(directory), queue_(queue), trouble_(trouble), interval_(interval) {}

    /// There may be files that were not found yet: a scan is due when no file is pending.
    void request() { requested_ = true; }

    /// Requests the scan that is due by time, even when the journal refuses and files are pending. False when
    /// none is due.
    bool request_by_time(Clock::time_point now);

    /// One step of a scan, if one is due. False when none is: there are files to begin with, and the journal
    /// takes them.
    bool step(bool journal_refuses);

    bool scanning() const { return scan_.has_value(); }
    bool requested() const { return requested_; }

    /// Everything in new/ was found, as far as is known.
    bool complete() const { return succeeded_ && !scan_ && !requested_; }

    Clock::time_point next_by_time() const { return next_by_time_; }

  private:
    void begin();
    void end();

    SpoolDirectory& directory_;
    SpoolQueue& queue_;
    SpoolTrouble& trouble_;
    Clock::duration interval_;
    std::optional<SpoolScan> scan_;  // in progress
    bool requested_ = true;
    bool even_if_pending_ = false;  // the request is by time
    bool succeeded_ = false;        // the last scan
    bool measured_ = false;         // the bytes in new/ were counted
    std::uint64_t used_before_ = 0;
    Clock::time_point next_by_time_{};
};

}  // namespace enrichd

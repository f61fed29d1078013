// What is known of the files in new/: which are pending, in flight, deferred for another try, or left alone.
#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "sources/spool/spool_name.hpp"

namespace enrichd {

class SpoolQueue {
  public:
    /// A scan of new/ begins. It will find what inotify has reported until now.
    void scan_begins() {
        arrived_ = 0;
        left_until_scan_.clear();
    }

    /// A scan of new/ has ended: the `oldest` files that are not known, in order. It found `left_out` more.
    void scan_ended(const std::vector<SpoolName>& oldest, std::size_t left_out);

    /// inotify reported a new file; the last scan may have found it already.
    void note_arrival(const SpoolName& name) {
        const bool found = known(name) || std::find(pending_.begin(), pending_.end(), name) != pending_.end();
        if (!found) ++arrived_;
    }

    /// Whether a scan need not find this file: it is in flight, deferred or left alone.
    bool known(const SpoolName& name) const {
        return taken_.contains(name) || left_alone_.contains(name) || left_until_scan_.contains(name);
    }

    /// The oldest pending file, in flight from now on. Nothing when there is none, or it is in flight or
    /// deferred already; it is not pending any more in any case.
    std::optional<SpoolName> take();

    /// A file is in flight no more.
    void finish(const SpoolName& name) { taken_.erase(name); }

    /// The same, but the file is to be tried again.
    void defer(const SpoolName& name) { deferred_.push_back(name); }

    /// Deferred files are pending again, after the others.
    void retry_deferred();

    /// A file that cannot be read, or not be removed: it is not tried again.
    void leave_alone(const SpoolName& name) { left_alone_.insert(name); }
    /// A file that could not be read this time: the next scan finds it again.
    void leave_until_scan(const SpoolName& name) { left_until_scan_.insert(name); }
    void forget_left_alone() { left_alone_.clear(); }

    bool has_pending() const { return !pending_.empty(); }
    bool has_deferred() const { return !deferred_.empty(); }
    std::size_t in_flight() const { return taken_.size() - deferred_.size(); }

    /// All files that are not finished, as far as is known.
    std::size_t unfinished() const { return pending_.size() + taken_.size() + left_out_ + arrived_; }

    /// All files in new/, as far as is known.
    std::size_t files() const { return unfinished() + left_alone_.size() + left_until_scan_.size(); }

  private:
    std::deque<SpoolName> pending_;    // found and not begun, oldest first
    std::vector<SpoolName> deferred_;  // begun, and not safe
    std::set<SpoolName> taken_;        // in flight or deferred
    std::set<SpoolName> left_alone_;   // cannot be read, or not be removed
    std::set<SpoolName> left_until_scan_;
    std::size_t left_out_ = 0;  // found, and more than are remembered
    std::size_t arrived_ = 0;   // reported by inotify since the last scan began
};

}  // namespace enrichd

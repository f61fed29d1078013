// Processing of spooled alerts: the next files of the queue are read and submitted, at the pace that the
// journal allows. A file is removed when its alert is safe or refused, and deferred when it is not safe yet.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/clock.hpp"
#include "net/tasks.hpp"
#include "pipeline/submit.hpp"
#include "sources/spool/pace.hpp"
#include "sources/spool/spool_directory.hpp"
#include "sources/spool/spool_queue.hpp"
#include "sources/spool/spool_trouble.hpp"

namespace enrichd {

struct SpoolCounts : SourceCounts {
    SpoolCounts() { source = "spool"; }
    std::uint64_t deferred = 0;  // times that one was put back, for a later try
};

class SpoolWorker {
  public:
    /// All outlive this, and this outlives the alerts in flight.
    SpoolWorker(Tasks& work, Submit& submit, const Journal& journal, SpoolDirectory& directory,
                SpoolQueue& queue, SpoolTrouble& trouble, const PaceOptions& pace);

    /// Called when a file is in flight no more.
    void on_end(std::function<void()> call) { ended_ = std::move(call); }

    /// Begins a bounded number. True when more could be begun at once.
    bool start_some();

    /// Deferred files are pending again, when it is time.
    void retry_deferred();

    /// Begins no more: what is in flight goes on.
    void stop() { stopping_ = true; }
    bool stopping() const { return stopping_; }

    /// While the journal takes nothing, what is spooled is safe where it is.
    bool journal_refuses() const;

    /// When files may be due that nobody reports, at the latest when the next scan is.
    Clock::time_point next_look(Clock::time_point next_scan) const;

    const SpoolCounts& counts() const { return counts_; }

  private:
    class FileSlot;
    class InFlight;

    bool may_start() const;
    void work_on(const SpoolName& name);
    void remove(const SpoolName& name, std::size_t bytes);
    bool handle_unreadable(const SpoolName& name, const error& reason);

    Tasks& work_;
    Submit& submit_;
    const Journal& journal_;
    SpoolDirectory& directory_;
    SpoolQueue& queue_;
    SpoolTrouble& trouble_;
    Pace pace_;
    SpoolCounts counts_;
    std::function<void()> ended_ = [] {};
    bool stopping_ = false;
};

}  // namespace enrichd

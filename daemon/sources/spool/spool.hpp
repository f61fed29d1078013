// The spool: alerts that the shim wrote because we did not take them. A file goes when its alert is finished
// or in the journal. Layout and names are in proto/README.md.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "net/tasks.hpp"
#include "pipeline/submit.hpp"
#include "proto/wire.h"
#include "sources/spool/pace.hpp"
#include "sources/spool/spool_capacity.hpp"
#include "sources/spool/spool_directory.hpp"
#include "sources/spool/spool_queue.hpp"
#include "sources/spool/spool_rescue.hpp"
#include "sources/spool/spool_scanner.hpp"
#include "sources/spool/spool_trouble.hpp"
#include "sources/spool/spool_watcher.hpp"
#include "sources/spool/spool_worker.hpp"

namespace enrichd {

struct SpoolOptions {
    std::string directory = WIRE_DEFAULT_SPOOL;
    std::size_t max_bytes = WIRE_SPOOL_MAX_BYTES;  // in all files; then the shim refuses
    PaceOptions pace;                              // of files begun; the others wait where they are
    std::chrono::milliseconds rescan{10'000};      // for what inotify did not report
    bool operator==(const SpoolOptions&) const = default;
};

class Spool {
  public:
    Spool(asio::io_context& io, Tasks& work, Submit& submit, const Journal& journal,
          const SpoolOptions& options);
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    void configure(const SpoolOptions& options);

    /// Makes the directories where they are missing, for `group` to write when it is not -1.
    [[nodiscard]] result<void> prepare(int group);

    /// Takes what is there, then what comes, until it is cancelled: two coroutines, for the owner of this.
    task<void> watch();
    task<void> listen() { return watcher_.run(); }

    /// Stops taking more: what is in flight goes on.
    void stop() { worker_.stop(); }

    /// In new/, as far as is known: between two looks through it what inotify reported counts too.
    std::size_t files() const { return queue_.files(); }
    bool idle() const { return queue_.unfinished() == 0 && scanner_.complete(); }
    std::uint64_t rescued() const { return rescue_.rescued(); }
    const SpoolSize& size() const { return directory_.size(); }
    bool full() const { return capacity_.full(); }
    bool refuses() const { return capacity_.refuses(); }
    bool cannot_be_written() const { return capacity_.cannot_be_written(); }
    const std::optional<error>& trouble() const { return trouble_.current(); }
    const SpoolCounts& counts() const { return worker_.counts(); }

  private:
    bool rescue_some();
    void scan_again();

    asio::io_context& io_;
    Timer wake_;  // cancelled when watch() has something to do
    SpoolDirectory directory_;
    SpoolCapacity capacity_;
    SpoolQueue queue_;
    SpoolTrouble trouble_;
    SpoolScanner scanner_;
    SpoolRescue rescue_;
    SpoolWorker worker_;
    SpoolWatcher watcher_;
};

}  // namespace enrichd

// The spool: alerts that the shim wrote because we did not take them. A file goes when its alert is finished
// or in the journal. Layout and names are in proto/README.md.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "net/tasks.hpp"
#include "pipeline/submit.hpp"
#include "sources/spool/pace.hpp"
#include "sources/spool/spool_name.hpp"
#include "sources/spool/spool_rescue.hpp"
#include "sources/spool/spool_scan.hpp"
#include "sources/spool/spool_size.hpp"

namespace enrichd {

struct SpoolOptions {
    std::string directory = WIRE_DEFAULT_SPOOL;
    std::size_t max_bytes = WIRE_SPOOL_MAX_BYTES;  // in all files; then the shim refuses
    PaceOptions pace;                              // of files begun; the others wait where they are
    std::chrono::milliseconds rescan{10'000};      // for what inotify did not tell
    bool operator==(const SpoolOptions&) const = default;
};

struct SpoolCounts : SourceCounts {
    std::uint64_t deferred = 0;  // times that one was put back, for a later try
};

class Spool {
  public:
    Spool(asio::io_context& io, Tasks& work, Submit& submit, const Journal& journal,
          const SpoolOptions& options);

    void configure(const SpoolOptions& options);

    /// Makes the directories where they are missing, for `group` to write when it is not -1.
    [[nodiscard]] result<void> prepare(int group);

    /// Takes what is there, then what comes, until it is cancelled: two coroutines, for the owner of this.
    task<void> watch();
    task<void> listen();

    /// Stops taking more: what is in flight goes on.
    void stop() { stopping_ = true; }

    /// In new/, as far as is known: between two looks through it what inotify told counts too.
    std::size_t files() const { return to_do() + left_alone_.size(); }
    bool idle() const { return to_do() == 0 && scanned_ && !scan_ && !more_; }
    std::uint64_t rescued() const { return rescue_.rescued(); }
    const SpoolSize& size() const { return size_; }
    bool full() const { return size_.used() > options_.max_bytes / 10 * 9; }  // or soon will be
    bool refuses() const { return full() && refused_lately_; }
    const std::optional<error>& trouble() const { return trouble_; }
    const SpoolCounts& counts() const { return counts_; }

  private:
    class Place;
    class InFlight;

    std::size_t to_do() const {
        return waiting_.size() + in_flight_ + deferred_.size() + left_out_ + arrived_;
    }
    bool look_through();
    void end_scan();
    bool look_for_lost();
    void note_refusals();
    bool note_events(std::string_view events);
    void try_deferred_again();
    bool start_some();
    bool may_start() const;
    Clock::time_point next_look() const;
    void work_on(SpoolName name);
    result<std::string> read(const std::string& file) const;
    void remove(SpoolName name, std::size_t bytes);
    bool leave(SpoolName name, const error& reason);
    void refuse(SpoolName name, std::size_t bytes, const error& reason);
    std::string path(std::string_view folder, std::string_view file) const;

    asio::io_context& io_;
    Tasks& work_;
    Submit& submit_;
    const Journal& journal_;
    SpoolOptions options_;
    SpoolSize size_;
    Timer wake_;
    Pace pace_;
    std::optional<SpoolScan> scan_;    // while new/ is looked through
    std::deque<SpoolName> waiting_;    // found and not begun, oldest first
    std::vector<SpoolName> deferred_;  // begun, and not safe: they are tried again
    std::size_t in_flight_ = 0;
    std::set<SpoolName> taken_;       // in flight or deferred
    std::set<SpoolName> left_alone_;  // cannot be read, or not be removed
    std::size_t left_out_ = 0;        // found, and more than are remembered
    std::size_t arrived_ = 0;         // told by inotify since the last look began
    bool more_ = true;                // there may be files that were not found yet
    bool due_again_ = false;          // a look, whatever waits
    bool scanned_ = false;
    bool measured_ = false;  // the bytes in new/ were counted
    std::uint64_t used_before_ = 0;
    Clock::time_point next_scan_{};
    SpoolRescue rescue_;
    bool rescuing_ = true;
    std::uint64_t refused_ = 0;   // by shims, when it was looked last
    std::uint64_t reported_ = 0;  // of these
    bool refused_lately_ = false;
    bool stopping_ = false;
    std::optional<error> trouble_;
    log::Limit odd_files_;
    log::Limit complaints_;
    log::Limit rejections_;
    log::Limit refusals_;
    SpoolCounts counts_;
};

}  // namespace enrichd

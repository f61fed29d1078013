// The spool: alerts that the shim wrote because we did not take them. A file goes when its alert is finished
// or in the journal. Layout and names are in proto/README.md.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/tally.hpp"
#include "enrich/enricher.hpp"
#include "intake/alert_reader.hpp"
#include "intake/spool_size.hpp"
#include "net/tasks.hpp"
#include "policy/recent.hpp"

namespace enrichd {

struct SpoolOptions {
    std::string directory = WIRE_DEFAULT_SPOOL;
    AlertReaderOptions reader;
    std::size_t max_bytes = WIRE_SPOOL_MAX_BYTES;  // in all files; then the shim refuses
    std::size_t in_hand = 256;                     // files worked on at once; the others wait where they are
    std::chrono::milliseconds rescan{10'000};      // for what inotify did not tell
    bool operator==(const SpoolOptions&) const = default;
};

struct SpoolCounts {
    std::uint64_t received = 0;    // safe now
    std::uint64_t duplicates = 0;  // their content was seen before
    Tally rejected;                // by what is wrong with the alert or the file
};

/// The name of a spooled alert (proto/README.md).
struct SpoolName {
    std::uint64_t id = 0;
    Destination destination = Destination::siem;

    static std::optional<SpoolName> parse(std::string_view text);
};

class Spool {
  public:
    Spool(asio::io_context& io, Tasks& work, Enricher& enricher, const Journal& journal, Recent& recent,
          const SpoolOptions& options);

    void configure(const SpoolOptions& options);

    /// Makes the directories where they are missing, for `group` to write when it is not -1.
    [[nodiscard]] result<void> prepare(int group);

    /// Takes what is there, then what comes, until it is cancelled: two coroutines, for the owner of this.
    task<void> watch();
    task<void> listen();

    /// Stops taking more: what is in hand goes on.
    void stop() { stopping_ = true; }

    std::size_t files() const { return waiting_.size() + in_hand_; }
    bool idle() const { return files() == 0 && scanned_ && !more_ && !again_; }
    const SpoolSize& size() const { return size_; }
    bool full() const { return size_.used() > options_.max_bytes / 10 * 9; }  // or soon will be
    bool refuses() const { return full() && refused_lately_; }
    const std::optional<error>& trouble() const { return trouble_; }
    const SpoolCounts& counts() const { return counts_; }

  private:
    class Place;

    void scan();
    void note_refusals();
    void keep_first(std::vector<std::string>& found);
    bool start_some();
    bool may_start() const;
    void not_safe(const std::string& file);
    Clock::duration until_next_look() const;
    task<void> work_on(std::string file, SpoolName name);
    result<std::string> read(const std::string& file) const;
    void remove(const std::string& file, std::size_t bytes);
    void reject(const std::string& file, std::size_t bytes, const error& reason);
    std::string path(std::string_view folder, std::string_view file) const;

    asio::io_context& io_;
    Tasks& work_;
    Enricher& enricher_;
    const Journal& journal_;
    Recent& recent_;
    SpoolOptions options_;
    AlertReader reader_;
    SpoolSize size_;
    asio::steady_timer wake_;
    std::deque<std::string> waiting_;  // found and not begun, oldest first
    std::size_t in_hand_ = 0;
    Clock::time_point paused_until_{};  // since an alert could not be made safe,
    Clock::duration pause_{};           // for this long
    std::set<std::string> taken_;       // in hand
    std::set<std::string> left_alone_;  // cannot be read, or not be removed
    bool more_ = true;                  // there may be files that were not found yet
    bool scanned_ = false;
    bool again_ = false;         // a file was left that can be taken soon
    std::uint64_t refused_ = 0;  // by shims, when it was looked last
    bool refused_lately_ = false;
    bool stopping_ = false;
    std::optional<error> trouble_;
    log::Limit odd_files_;
    log::Limit complaints_;
    SpoolCounts counts_;
};

}  // namespace enrichd

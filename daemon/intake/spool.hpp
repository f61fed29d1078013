// The spool: alerts that the shim wrote because we did not answer, and what we leave unfinished when we stop.
// Layout and names are in proto/README.md.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/tally.hpp"
#include "enrich/enricher.hpp"
#include "intake/unfinished.hpp"
#include "net/tasks.hpp"
#include "policy/recent.hpp"
#include "proto/wire.h"

namespace enrichd {

struct SpoolOptions {
    std::string directory = WIRE_DEFAULT_SPOOL;
    std::size_t max_alert_bytes = WIRE_MAX_ALERT;
    std::vector<std::string> fields = AlertFields::default_pointers();
    std::size_t in_hand = 256;                 // files worked on at once; the others wait where they are
    std::chrono::milliseconds rescan{10'000};  // for what inotify did not tell
    bool operator==(const SpoolOptions&) const = default;
};

struct SpoolCounts {
    std::uint64_t received = 0;
    std::uint64_t duplicates = 0;  // already taken from the socket
    Tally rejected;                // by what is wrong with the alert or the file
};

/// The name of a spooled alert, and what it tells (proto/README.md).
struct SpoolName {
    std::uint64_t id = 0;
    Destination destination = Destination::siem;
    std::optional<Suspicion> judged{};  // only OTX is left to be asked
    std::optional<WallTime> asked{};    // when its question to Domain Stats was first put on the wire

    std::string text() const;
    static std::optional<SpoolName> parse(std::string_view text);
};

class Spool {
  public:
    Spool(asio::io_context& io, Tasks& work, Enricher& enricher, Recent& recent, const SpoolOptions& options);

    void configure(const SpoolOptions& options);

    /// Makes the directories where they are missing, for `group` to write when it is not -1.
    [[nodiscard]] result<void> prepare(int group);

    /// Takes what is there, then what comes, until it is cancelled: two coroutines, for the owner of this.
    task<void> watch();
    task<void> listen();

    /// Stops taking more: what is in hand goes on.
    void stop() { stopping_ = true; }

    /// Writes alerts under the names of their ids, all synced at once. How many could not be written.
    [[nodiscard]] std::size_t write(const std::list<Unfinished::Entry>& alerts);

    /// Writes into the names of the files in hand how far their alerts have come.
    void note_progress();

    std::size_t files() const { return waiting_.size() + in_hand_.size(); }
    bool idle() const { return files() == 0 && scanned_ && !more_; }
    const std::optional<error>& trouble() const { return trouble_; }
    const SpoolCounts& counts() const { return counts_; }

  private:
    struct InHand {
        std::string file;
        SpoolName name;
        const Job* job = nullptr;  // null while there is none yet
        bool aside = false;        // it waits for OTX and takes nobody's place
    };
    class Place;

    void scan();
    void keep_first(std::vector<std::string>& found);
    bool start_some();
    error draft(const std::string& file, std::string_view alert) const;
    task<void> work_on(std::string file, SpoolName name);
    result<std::string> read(const std::string& file) const;
    result<Job> decode(const std::string& bytes, const SpoolName& name) const;
    void note_progress(InHand& alert);
    void remove(const std::string& file);
    void reject(const std::string& file, const error& reason);
    std::string path(std::string_view folder, std::string_view file) const;

    asio::io_context& io_;
    Tasks& work_;
    Enricher& enricher_;
    Recent& recent_;
    SpoolOptions options_;
    AlertFields fields_;
    AlertFields response_fields_;
    AlertFields judged_fields_;
    asio::steady_timer wake_;
    std::deque<std::string> waiting_;  // found and not begun, in the order of keep_first
    std::list<InHand> in_hand_;
    std::size_t places_ = 0;       // taken: of those in hand, without those aside
    std::set<std::string> taken_;  // in hand, or left alone: not to be taken again
    bool more_ = true;             // there may be files that were not found yet
    bool scanned_ = false;
    bool stopping_ = false;
    std::optional<error> trouble_;
    log::Limit odd_files_;
    SpoolCounts counts_;
};

}  // namespace enrichd

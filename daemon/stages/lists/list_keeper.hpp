// Keeps one list current: reads its file again when it changes, fetches its URL again when it is due, and
// replaces the list in use only by a good one.
#pragma once

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/blocking_calls.hpp"
#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "net/http_client.hpp"
#include "net/lookup.hpp"
#include "net/semaphore.hpp"
#include "stages/lists/list_fetch.hpp"
#include "stages/lists/list_loader.hpp"
#include "stages/lists/loaded_list.hpp"

namespace enrichd {

/// What is wrong with the source of a list.
struct ListTrouble {
    error why;
    unsigned http_status = 0;  // 0: there was none
    std::string sentence() const;
};

class ListKeeper final {
  public:
    /// `loads`: taken for as long as it is read, which takes memory. `copy`:
    /// where the last good copy is kept; empty: nowhere. `in_use`: until the first is loaded; may be null.
    ListKeeper(asio::io_context& io, Lookup& lookup, std::shared_ptr<Semaphore> loads, ListConfig config,
               std::string copy, LoadedListPtr in_use);
    ListKeeper(const ListKeeper&) = delete;
    ListKeeper& operator=(const ListKeeper&) = delete;

    /// At the start: the file, or the last good copy. The network is not waited for.
    task<void> restore();

    /// Until it is stopped or cancelled.
    static task<void> keep(std::shared_ptr<ListKeeper> keeper);

    /// Loads again now, whatever the intervals say.
    void load_now();
    void stop();

    /// Keys that do not change how the text is read.
    void configure(ListConfig config);

    /// Reads the file now, or the copy of what is fetched, which blocks: for a verb.
    void load_blocking();

    const ListConfig& config() const { return config_; }
    const LoadedListPtr& list() const { return list_; }  // null: none yet
    /// Since when its names are these; without a list when this was made.
    WallTime in_use_since() const { return in_use_since_; }
    const std::optional<ListTrouble>& trouble() const { return trouble_; }

    /// Why the last good copy is not the list in use.
    const std::optional<error>& copy_trouble() const { return copy_trouble_; }

    /// It should have been loaded by now, and nothing has failed yet.
    bool overdue() const;
    const Counters& errors() const { return errors_; }
    std::optional<WallTime> next_fetch() const;

    /// Since when it is not known to be otherwise. Nothing without a list.
    std::optional<std::chrono::seconds> age() const;
    bool too_old() const;

    /// Names of alerts that it had.
    mutable std::uint64_t hits = 0;

  private:
    static constexpr std::chrono::minutes complain_every{10};

    list_loader::CopyFile copy_file() const { return {copy_, abandoned_}; }
    task<bool> goes_on() const;
    task<result<Semaphore::Permit>> take_slot();
    task<void> look_at_file();
    task<void> load_file();
    task<void> load_copy();
    task<void> fetch(bool asked_for);
    task<void> confirm_copy(WallTime since);
    void copy_failed(const error& why);
    task<void> use(list_loader::Fresh fresh);
    LoadedListPtr put_in_use(list_loader::Fresh fresh);
    void file_failed(const error& why);
    void failed(const error& why, unsigned http_status);
    void fetch_again_in(Clock::duration pause);
    Clock::duration pause_after_failure();

    asio::io_context& io_;
    Lookup& lookup_;
    std::shared_ptr<Semaphore> loads_;
    BlockingCalls blocking_;
    ListConfig config_;
    std::string copy_;
    LoadedListPtr list_;
    WallTime in_use_since_ = wall_seconds(WallClock::now());
    std::optional<ListTrouble> trouble_;
    std::optional<error> copy_trouble_;
    const Clock::time_point begun_ = Clock::now();
    Counters errors_;
    KnownVersion version_;
    std::optional<FileState> loaded_state_;  // of the file that is in use, or was found bad
    std::optional<FileState> last_state_;    // at the last look
    Timer wake_;
    Clock::time_point next_fetch_{};
    unsigned failures_ = 0;  // in a row
    bool now_ = false;
    bool stopped_ = false;
    std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
    std::unique_ptr<HttpClient> http_;  // to the server of the URL, with what TLS needs
    Random random_ = random_generator();
    log::Limit complaints_{complain_every};
};

}  // namespace enrichd

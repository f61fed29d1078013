// The state file: SQLite behind a thread of its own. What is asked of it at the same time is done in one
// transaction (group commit), in the order in which it was asked.
#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/tally.hpp"
#include "base/task.hpp"
#include "store/state_file.hpp"

namespace enrichd {

struct DatabaseOptions {
    std::string file;
    bool full_sync = false;  // each commit survives a power cut, not only a crash of the process
    std::chrono::milliseconds retry{500};         // how often a file that fails is tried again
    std::chrono::milliseconds checkpoint{5'000};  // a commit is on the disk, power cut or not, so soon after
    std::chrono::milliseconds patience{2'000};    // a disk that takes longer hangs: nobody else waits for it
};

struct DatabaseCounts {
    std::uint64_t transactions = 0;  // committed
    std::uint64_t works = 0;         // done in them
    Tally errors;                    // transactions that failed, by reason
};

class Database {
  public:
    /// Runs on the store's thread and touches nothing of the loop's.
    using Work = std::function<void(StateFile&)>;

    /// Begins to open the file; its directory must be there. Nothing throws and nothing waits: see trouble().
    Database(asio::io_context& io, DatabaseOptions options);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Done when it is committed; an error says that nothing of it was, also when the disk failed in the
    /// commit: then this waits until the file can be read again. While there is trouble it is refused at
    /// once. Cancelling does not take the work back: where it does not throw, the wait goes on.
    task<error> run(Work work);

    /// The same in two steps, for who has something else to do meanwhile.
    struct Completion;
    using Begun = std::shared_ptr<Completion>;
    Begun begin(Work work);
    task<error> end(Begun begun);

    /// The same for what has happened already and must be written down: kept, and tried again in its order
    /// until it is committed. Its caller has to bound how many there can be.
    void run_surely(Work work);

    /// Does what is waiting, each once, then ends the thread. Waits for it, so long at most. False when the
    /// disk hangs: then the thread goes on, and this must not be destroyed.
    bool close(std::optional<Clock::duration> limit = std::nullopt);

    /// Why nothing can be written now. It is tried again and again, and cleared by itself. store_silent: the
    /// disk hangs.
    std::optional<error> trouble() const;

    /// How long the thread has been at what it does now.
    Clock::duration silent_for() const;

    /// What an earlier run committed last was damaged: alerts may be lost. So for the rest of this run.
    bool log_damaged() const { return log_damaged_; }
    std::size_t waiting() const { return waiting_; }  // works not committed yet

    /// How often the file was opened. After another time what was counted in it has to be counted anew: it
    /// may be another file.
    std::uint64_t openings() const { return openings_; }
    const DatabaseCounts& counts() const { return counts_; }

  private:
    struct Item {
        Work work;
        std::shared_ptr<Completion> completion;  // null: to be done surely
    };
    using Items = std::deque<Item>;

    /// What the thread tells the loop.
    struct Report {
        Items finished;
        error outcome;         // of these
        error failure;         // of the file
        std::string detail{};  // SQLite's words for it
        std::uint64_t openings = 0;
        bool log_damaged = false;
    };

    // on the thread
    void turn();
    Items next_group();
    Report work_on(Items items, Items& again);
    Report look_again(Items& again);
    bool wait_for_work(std::unique_lock<std::mutex>& lock, bool troubled);
    bool to_be_closed(const error& failure) const;
    std::chrono::milliseconds pause() const;
    error commit(const Items& items);
    bool checkpoint_is_due() const;
    error checkpoint();
    void save_from_deletion();
    void open();
    void look_all_through();

    // on the loop
    void enqueue(Item item);
    void done(const Report& report);
    void note(const error& failure, const std::string& detail);
    void note_silence();

    asio::io_context& io_;
    const DatabaseOptions options_;
    std::optional<error> trouble_;
    bool said_silent_ = false;
    bool log_damaged_ = false;
    std::size_t waiting_ = 0;
    std::uint64_t openings_ = 0;
    log::Limit complaints_;
    log::Limit recoveries_;
    DatabaseCounts counts_;

    /// A commit that failed: it may be durable all the same. Nobody was told of it yet.
    struct Doubt {
        Items items;
        error failure;
    };

    StateFile file_;          // this and those before guard_ are the thread's
    std::int64_t mark_;       // of the last transaction
    bool in_commit_ = false;  // when it failed
    std::optional<Doubt> doubt_;
    bool found_damage_ = false;
    bool complete_ = false;  // it was opened to the end
    std::uint64_t opened_ = 0;
    error last_failure_;
    std::optional<Clock::time_point> checkpoint_at_;  // while there are commits since the last
    mutable std::mutex guard_;                        // of those below
    Items queue_;
    bool closing_ = false;
    bool ended_ = false;
    std::optional<Clock::time_point> at_work_since_;
    std::condition_variable wake_;
    std::condition_variable end_;
    std::thread thread_;
};

/// What begin() gives end().
struct Database::Completion {
    explicit Completion(asio::io_context& io) : ready(io, Clock::time_point::max()) {}
    Timer ready;
    error failure;
    bool came = false;
};

}  // namespace enrichd

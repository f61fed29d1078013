// The state file as its thread sees it: works are done in transactions, and what cannot be written is tried
// again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/state_file.hpp"
#include "store/work_queue.hpp"

namespace enrichd {

struct DatabaseOptions {
    std::string file;
    bool full_sync = false;  // each commit survives a power cut, not only a crash of the process
    std::chrono::milliseconds retry{500};         // how often a file that fails is tried again
    std::chrono::milliseconds checkpoint{5'000};  // a commit is on the disk, power cut or not, so soon after
    std::chrono::milliseconds patience{2'000};    // a disk that takes longer hangs: nobody else waits for it
};

/// All of it on the store's thread.
class Transactions {
  public:
    /// What the thread reports to the loop.
    struct Report {
        WorkItems finished;
        error outcome;         // of these
        error failure;         // of the file
        std::string detail{};  // SQLite's words for it
        std::uint64_t openings = 0;
        bool log_damaged = false;
        bool news = true;  // the loop would miss it
    };

    explicit Transactions(DatabaseOptions options);

    /// Does the works in one transaction: all or nothing. Without works it opens the file, sees whether a
    /// file that failed works again, or makes what was committed safe from a power cut. `again`: what has to
    /// be done before all that comes, in the next step. `last_try`: nothing is tried after it.
    Report step(WorkItems works, WorkItems& again, bool last_try);

    /// A commit failed and may be durable all the same: the next step, without works, finds out.
    bool in_doubt() const { return doubt_.has_value(); }

    /// The works of that commit: it stays in doubt. Before close().
    WorkItems give_up();

    bool troubled() const { return static_cast<bool>(last_failure_); }

    /// When a step without works has something to do. While there is trouble, none with works has either.
    std::optional<Clock::time_point> due() const;

    void close() { file_.close(); }

  private:
    Report commit_group(WorkItems items, WorkItems& again, bool last_try);
    Report look_again(WorkItems& again);
    bool to_be_closed(const error& failure) const;
    std::chrono::milliseconds pause() const;
    error commit(const WorkItems& items, bool last_try);
    bool checkpoint_is_due() const;
    error checkpoint();
    void save_from_deletion();
    void open();
    void look_all_through();

    /// It was not reported yet.
    struct Doubt {
        WorkItems items;
        error failure;
    };

    const DatabaseOptions options_;
    StateFile file_;
    std::int64_t mark_;       // of the last transaction
    bool in_commit_ = false;  // when it failed
    std::optional<Doubt> doubt_;
    bool found_damage_ = false;
    bool complete_ = false;  // it was opened to the end
    std::uint64_t opened_ = 0;
    error last_failure_;
    Clock::time_point retry_at_{};                    // after a failure
    std::optional<Clock::time_point> checkpoint_at_;  // while there are commits since the last
};

}  // namespace enrichd

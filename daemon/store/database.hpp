// The state file: SQLite behind a thread of its own. What is asked of it at the same time is done in one
// transaction (group commit), in the order in which it was asked.
#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/counters.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "base/worker.hpp"
#include "store/state_file.hpp"
#include "store/state_trouble.hpp"
#include "store/transactions.hpp"
#include "store/work_queue.hpp"

namespace enrichd {

struct DatabaseCounts {
    std::uint64_t transactions = 0;  // committed
    std::uint64_t works = 0;         // done in them
    Counters errors;                 // transactions that failed, by reason
};

class Database {
  public:
    /// Runs on the store's thread and touches nothing of the loop's.
    using Work = std::function<void(StateFile&)>;

    /// Begins to open the file; its directory must be there. Nothing throws and nothing waits: see trouble().
    Database(asio::io_context& io, DatabaseOptions options,
             const MakeWorker& make_worker = ThreadWorker::make);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Done when it is committed; an error says that nothing of it was, also when the disk failed in the
    /// commit: then this waits until the file can be read again. Only close() ends that wait with an error
    /// although the commit may be durable. While there is trouble it is refused at once. Cancelling does not
    /// take the work back: where it does not throw, the wait goes on.
    task<error> run(Work work);

    /// The same in two steps, for who has something else to do meanwhile.
    using Begun = std::shared_ptr<Completion>;
    Begun begin(Work work);
    task<error> end(Begun begun);

    /// The same for what has happened already and must be written down: kept, and tried again in its order
    /// until it is committed. Its caller has to bound how many there can be.
    void run_surely(Work work);

    /// Does what is waiting, each once, then ends the thread. Waits for it, so long at most. False when the
    /// disk hangs: then the thread goes on, and this must not be destroyed.
    bool close(std::optional<Clock::duration> limit = std::nullopt);

    const std::string& file() const { return options_.file; }

    /// Why nothing can be written now. It is tried again and again, and cleared by itself. store_silent: the
    /// disk hangs.
    std::optional<error> trouble() const;

    /// How long the thread has been at what it does now.
    Clock::duration silent_for() const { return worker_->busy_for(); }

    /// What an earlier run committed last was damaged: alerts may be lost. So for the rest of this run.
    bool log_damaged() const { return log_damaged_; }
    std::size_t waiting() const { return waiting_; }  // works not committed yet

    /// How often the file was opened. After another time what was counted in it has to be counted anew: it
    /// may be another file.
    std::uint64_t openings() const { return openings_; }
    const DatabaseCounts& counts() const { return counts_; }

  private:
    // on the thread
    Worker::Next step();
    Worker::Next end_of_work();
    void give_up(Transactions::Report& report);

    void enqueue(WorkItem item);
    void done(const Transactions::Report& report);

    asio::io_context& io_;
    const DatabaseOptions options_;
    StateTrouble trouble_;
    bool log_damaged_ = false;
    std::size_t waiting_ = 0;
    std::uint64_t openings_ = 0;
    DatabaseCounts counts_;
    WorkQueue queue_;
    Transactions transactions_;  // the thread's
    std::unique_ptr<Worker> worker_;
};

}  // namespace enrichd

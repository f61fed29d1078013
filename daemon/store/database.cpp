#include "store/database.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace enrichd {
namespace {

/// Works in one transaction: bounds how long the first waits for the last.
constexpr std::size_t max_group = 512;

}  // namespace

Database::Database(asio::io_context& io, DatabaseOptions options, const MakeWorker& make_worker)
    : io_(io), options_(std::move(options)), trouble_(options_.file), transactions_(options_) {
    worker_ = make_worker([this] { return step(); });
}

Database::~Database() {
    close();
}

task<error> Database::run(Work work) {
    co_return co_await end(begin(std::move(work)));
}

Database::Begun Database::begin(Work work) {
    auto completion = std::make_shared<Completion>(io_);
    if (queue_.closing()) {
        completion->failure = errc::store_failed;  // it would never be done
        completion->came = true;
    } else if (const auto refused = trouble()) {
        if (refused == error(errc::store_silent) && trouble_.note_silence(silent_for()))
            counts_.errors.add(label(errc::store_silent));
        completion->failure = *refused;
        completion->came = true;
    } else {
        enqueue({std::move(work), completion});
    }
    return completion;
}

task<error> Database::end(Begun begun) {
    while (!begun->came) co_await begun->ready.async_wait(nothrow);
    co_return begun->failure;
}

void Database::run_surely(Work work) {
    enqueue({std::move(work), nullptr});
}

void Database::enqueue(WorkItem item) {
    ++waiting_;
    queue_.add(std::move(item));
    worker_->wake();
}

bool Database::close(std::optional<Clock::duration> limit) {
    queue_.close();
    worker_->wake();
    return worker_->join(limit);
}

std::optional<error> Database::trouble() const {
    if (!trouble_.now() && silent_for() > options_.patience) return error(errc::store_silent);
    return trouble_.now();
}

/// What is due, then what the loop asks for: one transaction.
Worker::Next Database::step() {
    const bool due = transactions_.due().value_or(Clock::time_point::max()) <= Clock::now();
    if (transactions_.troubled() && !due && !queue_.closing()) return Worker::Next{transactions_.due()};

    const bool in_doubt = transactions_.in_doubt();
    auto [works, closing] = in_doubt ? WorkQueue::Taken{{}, queue_.closing()} : queue_.take(max_group);
    if (works.empty() && !in_doubt) {
        if (closing) return end_of_work();
        if (!due) return Worker::Next{transactions_.due()};
    }
    WorkItems again;
    Transactions::Report report = transactions_.step(std::move(works), again, closing);
    // Each is tried once when it is being closed.
    const bool last = closing && (!in_doubt || transactions_.in_doubt());
    queue_.put_back(std::move(again));
    Worker::Next next{Clock::now()};
    if (last) {
        give_up(report);
        next = end_of_work();
    }
    if (report.news)
        next.then = [this, made = std::make_shared<Transactions::Report>(std::move(report))] {
            // Moved: what the works hold is released on the loop, never on the thread.
            asio::post(io_, [this, moved = std::move(*made)] { done(moved); });
        };
    return next;
}

Worker::Next Database::end_of_work() {
    transactions_.close();
    return {.at = {}, .ended = true, .then = {}};
}

/// Fails the works that are not tried any more, and those whose commit stays in doubt.
void Database::give_up(Transactions::Report& report) {
    for (WorkItems left : {transactions_.give_up(), queue_.take(max_group).items})
        for (WorkItem& item : left) {
            if (!item.completion) continue;
            if (!report.outcome) report.outcome = errc::store_failed;
            report.news = true;
            report.finished.push_back(std::move(item));
        }
}

void Database::done(const Transactions::Report& report) {
    waiting_ -= report.finished.size();
    if (openings_ > 0 && report.openings > openings_ && !trouble_.now())
        log::warning("the state file had been deleted or moved; it was written anew, or another one taken",
                     {{"file", options_.file}});
    openings_ = report.openings;
    if (report.log_damaged && !std::exchange(log_damaged_, true)) {
        counts_.errors.add("log_damaged");
        log::error(
            "the end of the state file's log is damaged; alerts and events of the last run may be lost",
            {{"file", options_.file + "-wal"}});
    }
    if (report.failure) counts_.errors.add(label(report.failure));
    trouble_.note(report.failure, report.detail);
    if (!report.outcome && !report.finished.empty()) {
        ++counts_.transactions;
        counts_.works += report.finished.size();
    }
    for (const WorkItem& item : report.finished) {
        if (!item.completion) continue;
        item.completion->failure = report.outcome;
        item.completion->came = true;
        item.completion->ready.cancel();
    }
}

}  // namespace enrichd

#include "store/database.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "store/schema.hpp"

namespace enrichd {
namespace {

/// Works in one transaction: bounds how long the first waits for the last.
constexpr std::size_t max_group = 512;

/// Written when a disk was full, to see whether it has room for more than a byte.
constexpr const char* probe = "INSERT OR REPLACE INTO facts VALUES ('probe', zeroblob(65536))";

}  // namespace

Database::Database(asio::io_context& io, DatabaseOptions options) : io_(io), options_(std::move(options)) {
    thread_ = std::thread([this] { turn(); });
}

Database::~Database() {
    close();
}

task<error> Database::run(Work work) {
    co_return co_await end(begin(std::move(work)));
}

Database::Begun Database::begin(Work work) {
    auto completion = std::make_shared<Completion>(io_);
    if (trouble_) {
        completion->failure = *trouble_;
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

void Database::enqueue(Item item) {
    ++waiting_;
    {
        const std::lock_guard lock(guard_);
        queue_.push_back(std::move(item));
    }
    wake_.notify_one();
}

void Database::close() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(guard_);
        closing_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

/// The thread's life: takes what waits, commits it, tells the loop.
void Database::turn() {
    bool troubled = false;
    std::uint64_t reported = 0;
    std::unique_lock lock(guard_);
    while (wait_for_work(lock, troubled)) {
        const bool last = closing_;
        const auto group = static_cast<long>(last ? queue_.size() : std::min(queue_.size(), max_group));
        Items items(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.begin() + group));
        queue_.erase(queue_.begin(), queue_.begin() + group);
        lock.unlock();

        const bool was_troubled = troubled;
        const error failure = items.empty() && checkpoint_is_due() ? checkpoint() : commit(items);
        troubled = static_cast<bool>(failure);
        last_failure_ = failure;
        Report report{{}, failure, file_.detail(), opened_};
        if (to_be_closed(failure)) file_.close();
        file_.forget_failure();

        // What must be done stays in front of the queue, in its order.
        Items kept;
        for (Item& item : items)
            (troubled && !item.completion ? kept : report.finished).push_back(std::move(item));
        const bool news = !report.finished.empty() || troubled || was_troubled || opened_ != reported;
        reported = opened_;
        if (news) asio::post(io_, [this, report = std::move(report)] { done(report); });
        lock.lock();
        queue_.insert(queue_.begin(), std::make_move_iterator(kept.begin()),
                      std::make_move_iterator(kept.end()));
        if (last) break;
    }
    lock.unlock();
    file_.close();
}

/// False when there is nothing left to do for ever. In trouble each wait is one pause, and then comes a try.
bool Database::wait_for_work(std::unique_lock<std::mutex>& lock, bool troubled) {
    const auto woken = [this] { return closing_ || !queue_.empty(); };
    if (troubled)
        wake_.wait_for(lock, pause(), [this] { return closing_; });
    else if (checkpoint_at_)
        wake_.wait_until(lock, *checkpoint_at_, woken);
    else if (file_.is_open())
        wake_.wait(lock, woken);
    return !closing_ || !queue_.empty();
}

/// Then it is opened anew: it may be another one by then. What was deleted and could not be saved yet would
/// be gone with that.
bool Database::to_be_closed(const error& failure) const {
    if (!complete_ || failure == errc::store_corrupt) return true;
    return failure && failure != errc::store_full && !file_.moved();
}

/// To look all through a damaged file takes a while.
std::chrono::milliseconds Database::pause() const {
    return last_failure_ == errc::store_corrupt ? 10 * options_.retry : options_.retry;
}

/// All or nothing. Without works it only opens the file, or sees whether it works again.
error Database::commit(const Items& items) {
    if (!file_.is_open()) open();
    if (items.empty() && !last_failure_) return file_.failure();
    file_.run("BEGIN IMMEDIATE");
    if (items.empty()) file_.run(probe);
    for (const Item& item : items) item.work(file_);
    file_.run("COMMIT");
    if (!checkpoint_at_) checkpoint_at_ = Clock::now() + options_.checkpoint;
    const error failure = file_.failure();
    if (failure && file_.is_open()) {
        const std::string detail = file_.detail();
        file_.forget_failure();
        file_.run("ROLLBACK");  // SQLite may have done so itself
        file_.forget_failure();
        file_.fail(failure, detail);
    }
    return failure;
}

bool Database::checkpoint_is_due() const {
    return file_.is_open() && checkpoint_at_ && Clock::now() >= *checkpoint_at_;
}

/// Brings what was committed from the log into the file, and both onto the disk.
error Database::checkpoint() {
    checkpoint_at_.reset();
    file_.script("PRAGMA wal_checkpoint(PASSIVE)");
    if (!file_.failure() && file_.moved()) save_from_deletion();
    return file_.failure();
}

/// Somebody has deleted the file, or moved it. What it holds is written anew under its name, unless another
/// one was put there, which is taken then.
void Database::save_from_deletion() {
    const std::string copy = options_.file + ".new";
    std::error_code ec;
    if (!std::filesystem::exists(options_.file, ec)) {
        std::filesystem::create_directories(std::filesystem::path(copy).parent_path(), ec);
        std::filesystem::remove(copy, ec);
        file_.run("VACUUM INTO ?", std::string_view(copy));
        if (file_.failure()) return;
        std::filesystem::rename(copy, options_.file, ec);
        if (ec) return file_.fail(errc::store_unwritable, ec.message());
    }
    file_.close();
    open();
}

void Database::open() {
    complete_ = false;
    file_.open(options_.file);
    // Nobody else writes it: no shared memory beside the file, and a second daemon finds it in use.
    file_.script("PRAGMA locking_mode = EXCLUSIVE");
    file_.script("PRAGMA journal_mode = WAL");
    file_.script(options_.full_sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
    file_.script("PRAGMA journal_size_limit = 16777216");
    file_.script("PRAGMA temp_store = MEMORY");
    migrate(file_);
    if (last_failure_ == errc::store_corrupt) look_all_through();
    complete_ = !file_.failure();
    if (complete_) ++opened_;
}

/// A file that was found damaged may still take a write here and there.
void Database::look_all_through() {
    std::string verdict;
    file_.each("PRAGMA quick_check(1)", [&](const Row& row) { verdict = row.text(0); });
    if (verdict != "ok") file_.fail(errc::store_corrupt, verdict);
}

void Database::done(const Report& report) {
    waiting_ -= report.finished.size();
    if (openings_ > 0 && report.openings > openings_ && !trouble_)
        log::warning("the state file had been deleted or moved; it was written anew, or another one taken",
                     {{"file", options_.file}});
    openings_ = report.openings;
    note(report.failure, report.detail);
    if (!report.failure && !report.finished.empty()) {
        ++counts_.transactions;
        counts_.works += report.finished.size();
    }
    for (const Item& item : report.finished) {
        if (!item.completion) continue;
        item.completion->failure = report.failure;
        item.completion->came = true;
        item.completion->ready.cancel();
    }
}

void Database::note(const error& failure, const std::string& detail) {
    if (failure) counts_.errors.add(label(failure));
    if (failure && trouble_ != failure && complaints_.allows(Clock::now()))
        log::error("the state file cannot be written; new alerts are spooled until it can",
                   {{"file", options_.file},
                    {"reason", label(failure)},
                    {"detail", failure.message()},
                    {"sqlite", detail}});
    if (!failure && trouble_ && recoveries_.allows(Clock::now()))
        log::info("the state file works again", {{"file", options_.file}});
    if (failure)
        trouble_ = failure;
    else
        trouble_.reset();
}

}  // namespace enrichd

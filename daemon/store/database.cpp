#include "store/database.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "store/log_check.hpp"
#include "store/schema.hpp"

namespace enrichd {
namespace {

/// Works in one transaction: bounds how long the first waits for the last.
constexpr std::size_t max_group = 512;

/// Written when a disk was full, to see whether it has room for more than a byte.
constexpr const char* probe = "INSERT OR REPLACE INTO facts VALUES ('probe', zeroblob(65536))";

}  // namespace

Database::Database(asio::io_context& io, DatabaseOptions options)
    : io_(io), options_(std::move(options)), mark_(WallClock::now().time_since_epoch().count()) {
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
    if (const auto refused = trouble()) {
        if (refused == error(errc::store_silent)) note_silence();
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

void Database::enqueue(Item item) {
    ++waiting_;
    {
        const std::lock_guard lock(guard_);
        queue_.push_back(std::move(item));
    }
    wake_.notify_one();
}

bool Database::close(std::optional<Clock::duration> limit) {
    if (!thread_.joinable()) return true;
    std::unique_lock lock(guard_);
    closing_ = true;
    wake_.notify_one();
    const auto ended = [this] { return ended_; };
    if (limit && !end_.wait_for(lock, *limit, ended)) return false;
    lock.unlock();
    thread_.join();
    return true;
}

Clock::duration Database::silent_for() const {
    const std::lock_guard lock(guard_);
    return at_work_since_ ? Clock::now() - *at_work_since_ : Clock::duration::zero();
}

std::optional<error> Database::trouble() const {
    if (!trouble_ && silent_for() > options_.patience) return error(errc::store_silent);
    return trouble_;
}

/// The thread's life: takes what waits, commits it, tells the loop.
void Database::turn() {
    bool troubled = false;
    std::uint64_t reported = 0;
    std::unique_lock lock(guard_);
    while (wait_for_work(lock, troubled)) {
        const bool last = closing_;
        const bool in_doubt = doubt_.has_value();
        Items items = in_doubt ? Items() : next_group();
        at_work_since_ = Clock::now();
        lock.unlock();

        const bool was_troubled = troubled;
        Items again;  // what must be done stays in front of the queue, in its order
        Report report = in_doubt ? look_again(again) : work_on(std::move(items), again);
        troubled = static_cast<bool>(report.failure);
        last_failure_ = report.failure;
        const bool news = !report.finished.empty() || troubled || was_troubled || opened_ != reported;
        reported = opened_;
        lock.lock();
        at_work_since_.reset();
        if (news) asio::post(io_, [this, report = std::move(report)] { done(report); });
        queue_.insert(queue_.begin(), std::make_move_iterator(again.begin()),
                      std::make_move_iterator(again.end()));
        if (last && (!in_doubt || troubled)) break;
    }
    at_work_since_ = Clock::now();
    lock.unlock();
    file_.close();
    lock.lock();
    ended_ = true;
    end_.notify_all();
}

Database::Items Database::next_group() {
    const auto group = static_cast<long>(closing_ ? queue_.size() : std::min(queue_.size(), max_group));
    Items items(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.begin() + group));
    queue_.erase(queue_.begin(), queue_.begin() + group);
    return items;
}

Database::Report Database::work_on(Items items, Items& again) {
    in_commit_ = false;
    const error failure = items.empty() && checkpoint_is_due() ? checkpoint() : commit(items);
    Report report{{}, failure, failure, file_.detail(), opened_, found_damage_};
    const bool closes = to_be_closed(failure);
    if (failure && closes && in_commit_)
        doubt_ = Doubt{std::move(items), failure};
    else
        for (Item& item : items)
            (failure && !item.completion ? again : report.finished).push_back(std::move(item));
    if (closes) file_.close();
    file_.forget_failure();
    return report;
}

/// What a commit that failed has come to is seen in the file once it can be read again.
Database::Report Database::look_again(Items& again) {
    if (!file_.is_open()) open();
    std::int64_t found = 0;
    file_.each("SELECT value FROM facts WHERE name = 'transaction'",
               [&](const Row& row) { found = row.number(0); });
    const error failure = file_.failure();
    Report report{{}, {}, failure, file_.detail(), opened_, found_damage_};
    if (!failure) {
        const bool durable = found == mark_;
        if (!durable) report.outcome = doubt_->failure;
        for (Item& item : doubt_->items)
            (durable || item.completion ? report.finished : again).push_back(std::move(item));
        doubt_.reset();
    }
    if (to_be_closed(failure)) file_.close();
    file_.forget_failure();
    return report;
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
    return !closing_ || !queue_.empty() || doubt_;
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
    file_.run("INSERT OR REPLACE INTO facts VALUES ('transaction', ?)", ++mark_);
    for (const Item& item : items) item.work(file_);
    in_commit_ = !file_.failure();
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
        make_private_file(copy);
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
    const bool damaged = opened_ == 0 && log_is_damaged(options_.file + "-wal");
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
    if (!complete_) return;
    ++opened_;
    found_damage_ = found_damage_ || damaged;
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
    if (report.log_damaged && !std::exchange(log_damaged_, true)) {
        counts_.errors.add("log_damaged");
        log::error(
            "the end of the state file's log is damaged; alerts and events of the last run may be lost",
            {{"file", options_.file + "-wal"}});
    }
    note(report.failure, report.detail);
    if (!report.outcome && !report.finished.empty()) {
        ++counts_.transactions;
        counts_.works += report.finished.size();
    }
    for (const Item& item : report.finished) {
        if (!item.completion) continue;
        item.completion->failure = report.outcome;
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
    if (!failure && (trouble_ || said_silent_) && recoveries_.allows(Clock::now()))
        log::info("the state file works again", {{"file", options_.file}});
    said_silent_ = false;
    if (failure)
        trouble_ = failure;
    else
        trouble_.reset();
}

void Database::note_silence() {
    if (std::exchange(said_silent_, true)) return;
    counts_.errors.add(label(errc::store_silent));
    log::error("the state file does not answer; new alerts are spooled until it does",
               {{"file", options_.file},
                {"seconds", std::chrono::floor<std::chrono::seconds>(silent_for()).count()}});
}

}  // namespace enrichd

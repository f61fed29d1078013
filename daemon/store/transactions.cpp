#include "store/transactions.hpp"

#include <filesystem>
#include <utility>

#include "store/log_check.hpp"
#include "store/schema.hpp"

namespace enrichd {
namespace {

/// Written when a disk was full, to see whether it has room for more than a byte.
constexpr const char* probe = "INSERT OR REPLACE INTO facts VALUES ('probe', zeroblob(65536))";

}  // namespace

Transactions::Transactions(DatabaseOptions options)
    : options_(std::move(options)), mark_(WallClock::now().time_since_epoch().count()) {}

Transactions::Report Transactions::step(WorkItems works, WorkItems& again, bool last_try) {
    const bool was_troubled = troubled();
    const std::uint64_t openings = opened_;
    Report report = doubt_ ? look_again(again) : commit_group(std::move(works), again, last_try);
    last_failure_ = report.failure;
    if (troubled()) retry_at_ = Clock::now() + pause();
    report.news = !report.finished.empty() || troubled() || was_troubled || opened_ != openings;
    return report;
}

std::optional<Clock::time_point> Transactions::due() const {
    if (troubled()) return retry_at_;
    if (!file_.is_open()) return Clock::time_point::min();
    return checkpoint_at_;
}

Transactions::Report Transactions::commit_group(WorkItems items, WorkItems& again, bool last_try) {
    in_commit_ = false;
    const error failure = items.empty() && checkpoint_is_due() ? checkpoint() : commit(items, last_try);
    Report report{{}, failure, failure, file_.detail(), opened_, found_damage_};
    const bool closes = to_be_closed(failure);
    if (failure && closes && in_commit_)
        doubt_ = Doubt{std::move(items), failure};
    else
        for (WorkItem& item : items)
            (failure && !item.completion ? again : report.finished).push_back(std::move(item));
    if (closes) file_.close();
    file_.forget_failure();
    return report;
}

/// What a commit that failed has come to is seen in the file once it can be read again.
Transactions::Report Transactions::look_again(WorkItems& again) {
    if (!file_.is_open()) open();
    std::int64_t found = 0;
    file_.each("SELECT value FROM facts WHERE name = 'transaction'",
               [&](const Row& row) { found = row.number(0); });
    Report report;
    report.failure = file_.failure();
    if (!report.failure) {
        const bool durable = found == mark_;
        if (!durable) report.outcome = doubt_->failure;
        for (WorkItem& item : doubt_->items)
            (durable || item.completion ? report.finished : again).push_back(std::move(item));
        doubt_.reset();
        report.failure = commit({}, false);  // that it can be read does not say that it can be written
    }
    report.detail = file_.detail();
    report.openings = opened_;
    report.log_damaged = found_damage_;
    if (to_be_closed(report.failure)) file_.close();
    file_.forget_failure();
    return report;
}

WorkItems Transactions::give_up() {
    WorkItems items;
    if (doubt_) items.swap(doubt_->items);
    doubt_.reset();
    return items;
}

/// Then it is opened anew: it may be another one by then. What was deleted and could not be saved yet would
/// be gone with that.
bool Transactions::to_be_closed(const error& failure) const {
    if (!complete_ || failure == errc::store_corrupt) return true;
    return failure && failure != errc::store_full && !file_.moved();
}

/// To look all through a damaged file takes a while.
std::chrono::milliseconds Transactions::pause() const {
    return last_failure_ == errc::store_corrupt ? 10 * options_.retry : options_.retry;
}

/// All or nothing. Without works it only opens the file, or sees whether it works again.
error Transactions::commit(const WorkItems& items, bool last_try) {
    if (!file_.is_open()) open();
    if (items.empty() && !last_failure_) return file_.failure();
    // A log that cannot be brought into the file yet must not grow by what is tried again and again.
    if (last_failure_ && !last_try && checkpoint()) return file_.failure();
    file_.run("BEGIN IMMEDIATE");
    if (items.empty()) file_.run(probe);
    file_.run("INSERT OR REPLACE INTO facts VALUES ('transaction', ?)", ++mark_);
    for (const WorkItem& item : items) item.work(file_);
    in_commit_ = !file_.failure();
    file_.run("COMMIT");
    if (!checkpoint_at_) checkpoint_at_ = Clock::now() + options_.checkpoint;
    if (items.empty() && !file_.failure()) return checkpoint();  // with synchronous = NORMAL only this syncs
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

bool Transactions::checkpoint_is_due() const {
    return file_.is_open() && checkpoint_at_ && Clock::now() >= *checkpoint_at_;
}

/// Brings what was committed from the log into the file, and both onto the disk.
error Transactions::checkpoint() {
    checkpoint_at_.reset();
    file_.script("PRAGMA wal_checkpoint(PASSIVE)");
    if (!file_.failure() && file_.moved()) save_from_deletion();
    return file_.failure();
}

/// Somebody has deleted the file, or moved it. What it holds is written anew under its name, unless another
/// one was put there, which is taken then.
void Transactions::save_from_deletion() {
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

void Transactions::open() {
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
void Transactions::look_all_through() {
    std::string verdict;
    file_.each("PRAGMA quick_check(1)", [&](const Row& row) { verdict = row.text(0); });
    if (verdict != "ok") file_.fail(errc::store_corrupt, verdict);
}

}  // namespace enrichd

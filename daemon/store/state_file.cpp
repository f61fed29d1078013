#include "store/state_file.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/fd.hpp"
#include "base/utf8.hpp"

namespace enrichd {
namespace {

errc meaning(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
            return errc::store_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return errc::store_corrupt;
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
            return errc::store_unwritable;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return errc::store_in_use;
        default:
            return errc::store_failed;
    }
}

/// One that was made by an earlier version, or restored. It is not opened here: to close it would give up
/// locks that this process has on it.
void keep_private(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    if ((status.st_mode & 0007) != 0) (void)::chmod(path.c_str(), status.st_mode & 0770);
}

}  // namespace

std::int64_t Row::number(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string Row::text(int column) const {
    const auto* bytes = sqlite3_column_text(statement_, column);
    if (!bytes) return {};
    const std::string_view text(reinterpret_cast<const char*>(bytes),
                                static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
    return valid_utf8(text) ? std::string(text) : repaired_utf8(text);
}

std::string Row::bytes(int column) const {
    const auto* bytes = sqlite3_column_text(statement_, column);
    if (!bytes) return {};
    return {reinterpret_cast<const char*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Row::null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<std::int64_t> Row::maybe_number(int column) const {
    if (null(column)) return std::nullopt;
    return number(column);
}

WallTime Row::time(int column) const {
    constexpr WallTime first = std::chrono::sys_days(std::chrono::year(1900) / 1 / 1);
    constexpr WallTime behind_last = std::chrono::sys_days(std::chrono::year(2200) / 1 / 1);
    const std::chrono::seconds seconds(number(column));
    return std::clamp(WallTime(seconds), first, behind_last - std::chrono::seconds(1));
}

std::optional<WallTime> Row::maybe_time(int column) const {
    if (null(column)) return std::nullopt;
    return time(column);
}

void make_private_file(const std::string& path) {
    const Fd made(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (made) (void)::fchmod(made.get(), 0640);
}

void StateFile::open(const std::string& path) {
    keep_private(path);
    keep_private(path + "-wal");
    make_private_file(path);  // SQLite's files beside it get its mode
    constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    check(sqlite3_open_v2(path.c_str(), &database_, flags, nullptr));
}

void StateFile::close() {
    for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
    prepared_.clear();
    sqlite3_close(database_);
    database_ = nullptr;
}

bool StateFile::moved() const {
    int moved = 0;
    return database_ &&
           sqlite3_file_control(database_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}

void StateFile::script(const char* sql) {
    if (!failure_) check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr));
}

void StateFile::sync_commits() {
    if (failure_) return;
    sqlite3_file* log = nullptr;  // the write-ahead log: a checkpoint syncs what it takes out of it
    check(sqlite3_file_control(database_, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log));
    if (failure_ || !log || !log->pMethods) return;
    const int code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    if (code != SQLITE_OK) fail(meaning(code), sqlite3_errstr(code));
}

std::int64_t StateFile::last_number() const {
    return sqlite3_last_insert_rowid(database_);
}

std::int64_t StateFile::changes() const {
    return sqlite3_changes64(database_);
}

void StateFile::fail(error why, std::string detail) {
    if (failure_) return;
    failure_ = why;
    detail_ = std::move(detail);
}

void StateFile::forget_failure() {
    failure_ = {};
    detail_.clear();
}

/// Null when there is an error already; then the others do nothing.
sqlite3_stmt* StateFile::prepare(const char* sql) {
    if (failure_) return nullptr;
    sqlite3_stmt*& statement = prepared_[sql];
    if (!statement)
        check(sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
    return failure_ ? nullptr : statement;
}

void StateFile::bind(sqlite3_stmt* statement, int index, std::int64_t value) {
    if (statement) check(sqlite3_bind_int64(statement, index, value));
}

void StateFile::bind(sqlite3_stmt* statement, int index, const std::optional<std::int64_t>& value) {
    if (value)
        bind(statement, index, *value);
    else if (statement)
        check(sqlite3_bind_null(statement, index));
}

void StateFile::bind(sqlite3_stmt* statement, int index, std::string_view value) {
    // The text lives as long as the call of each(), which resets the statement.
    if (statement)
        check(sqlite3_bind_text64(statement, index, value.data() ? value.data() : "", value.size(),
                                  SQLITE_STATIC, SQLITE_UTF8));
}

bool StateFile::step(sqlite3_stmt* statement) {
    if (!statement || failure_) return false;
    const int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) check(code);
    return false;
}

void StateFile::reset(sqlite3_stmt* statement) {
    if (!statement) return;
    sqlite3_reset(statement);  // repeats the error of the step, which is known
    sqlite3_clear_bindings(statement);
}

void StateFile::check(int code) {
    if (code == SQLITE_OK) return;
    fail(meaning(code), database_ ? sqlite3_errmsg(database_) : sqlite3_errstr(code));
}

}  // namespace enrichd

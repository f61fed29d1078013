// One SQLite file as the store's thread uses it: statements are prepared once, and the first error
// sticks, so that what is done in one transaction reads as a list of statements.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace enrichd {

/// A row of a result, good until the next one. Columns from 0. A disk may have spoilt what is in them.
class Row {
  public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    std::int64_t number(int column) const;
    std::string text(int column) const;   // UTF-8, repaired where it is not
    std::string bytes(int column) const;  // as they are
    bool null(int column) const;
    std::optional<std::int64_t> maybe_number(int column) const;

    /// Of Unix seconds; what is in no year from 1900 to 2199 becomes the nearest time that is: it may be
    /// counted in nanoseconds.
    WallTime time(int column) const;
    std::optional<WallTime> maybe_time(int column) const;

  private:
    sqlite3_stmt* statement_;
};

/// Makes an empty file of mode 0640, whatever the umask: host names are for the daemon's user and group. One
/// that exists is left alone.
void make_private_file(const std::string& path);

class StateFile {
  public:
    StateFile() = default;
    StateFile(const StateFile&) = delete;
    StateFile& operator=(const StateFile&) = delete;
    ~StateFile() { close(); }

    /// Opens the file, or makes it, for this process alone. Others than its group cannot read it. See
    /// failure().
    void open(const std::string& path);
    void close();
    bool is_open() const { return database_ != nullptr; }

    /// The path it was opened by names another file by now, or none.
    bool moved() const;

    /// Runs a statement, or many when there is nothing to bind, whose rows nobody needs. Texts of statements
    /// live for ever.
    void script(const char* sql);
    template <class... Values>
    void run(const char* sql, const Values&... values) {
        each(
            sql, [](const Row&) {}, values...);
    }

    /// Calls `use` with each row. Values are numbers, texts, or optional numbers.
    template <class Use, class... Values>
    void each(const char* sql, Use use, const Values&... values) {
        sqlite3_stmt* const statement = prepare(sql);
        int index = 0;
        (bind(statement, ++index, values), ...);
        while (step(statement)) use(Row(statement));
        reset(statement);
    }

    /// What was committed before the present transaction survives a power cut from now on.
    void sync_commits();

    std::int64_t last_number() const;  // of the row that was inserted last
    std::int64_t changes() const;      // by the last statement

    /// The first error since it was forgotten: store_full, store_corrupt, store_unwritable, store_in_use,
    /// store_failed. While there is one, nothing is run.
    const error& failure() const { return failure_; }
    const std::string& detail() const { return detail_; }
    void fail(error why, std::string detail);
    void forget_failure();

  private:
    sqlite3_stmt* prepare(const char* sql);
    void bind(sqlite3_stmt* statement, int index, std::int64_t value);
    void bind(sqlite3_stmt* statement, int index, const std::optional<std::int64_t>& value);
    void bind(sqlite3_stmt* statement, int index, std::string_view value);
    bool step(sqlite3_stmt* statement);
    void reset(sqlite3_stmt* statement);
    void check(int code);

    sqlite3* database_ = nullptr;
    std::unordered_map<const char*, sqlite3_stmt*> prepared_;
    error failure_;
    std::string detail_;
};

}  // namespace enrichd

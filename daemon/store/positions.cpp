#include "store/positions.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace enrichd {
namespace {

Database::Work saving(std::string name, FilePosition at) {
    return [name = std::move(name), at = std::move(at)](StateFile& file) {
        file.run(
            "INSERT OR REPLACE INTO positions (file, number, path, device, inode, head_size, head, offset, "
            "written, saved, created)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            name, at.number, at.path, static_cast<std::int64_t>(at.identity.device),
            static_cast<std::int64_t>(at.identity.inode), static_cast<std::int64_t>(at.identity.head_size),
            at.identity.head, static_cast<std::int64_t>(at.offset), at.written.time_since_epoch().count(),
            at.saved.time_since_epoch().count(), at.identity.created);
        file.run("DELETE FROM positions WHERE file = ? AND number <= ?", name,
                 at.number - static_cast<std::int64_t>(Positions::most));
    };
}

/// From the columns in the order of load(), whatever is in them.
FilePosition position(const Row& row) {
    FilePosition at;
    at.number = std::clamp<std::int64_t>(row.number(0), 1, std::int64_t{1} << 60);
    at.path = row.text(1);
    at.identity = {static_cast<std::uint64_t>(row.number(2)), static_cast<std::uint64_t>(row.number(3)),
                   static_cast<std::size_t>(row.number(4)), row.text(5), row.number(9)};
    at.offset = static_cast<std::uint64_t>(row.number(6));
    at.written = row.time(7);
    at.saved = row.time(8);
    return at;
}

}  // namespace

task<result<std::vector<FilePosition>>> Positions::load(std::string name) {
    auto found = std::make_shared<std::vector<FilePosition>>();
    Database::Work work = [found, name = std::move(name)](StateFile& file) {
        found->clear();
        file.each(
            "SELECT number, path, device, inode, head_size, head, offset, written, saved, created FROM "
            "positions "
            "WHERE file = ?"
            " ORDER BY number DESC LIMIT ?",
            [&](const Row& row) { found->push_back(position(row)); }, name, static_cast<std::int64_t>(most));
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return std::move(*found);
}

task<error> Positions::save(std::string name, FilePosition position) {
    co_return co_await database_.run(saving(std::move(name), std::move(position)));
}

void Positions::save_surely(std::string name, FilePosition position) {
    database_.run_surely(saving(std::move(name), std::move(position)));
}

}  // namespace enrichd

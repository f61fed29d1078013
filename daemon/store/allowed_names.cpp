#include "store/allowed_names.hpp"

#include <memory>
#include <utility>

namespace enrichd {
namespace {

/// From the columns in the order of load(), whatever is in them.
AllowedName allowed_name(const Row& row) {
    AllowedName out{row.text(0), row.number(1) != 0, static_cast<std::uint16_t>(row.number(2) & 0xffff)};
    out.until = row.maybe_time(3);
    out.note = row.text(4);
    out.added = row.time(5);
    return out;
}

}  // namespace

task<result<std::vector<AllowedName>>> AllowedNames::load() {
    auto found = std::make_shared<std::vector<AllowedName>>();
    Database::Work work = [found](StateFile& file) {
        found->clear();
        file.each(
            "SELECT name, below, kinds, until, note, added FROM allowed ORDER BY name, below LIMIT ?",
            [&](const Row& row) { found->push_back(allowed_name(row)); }, static_cast<std::int64_t>(most));
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return std::move(*found);
}

task<error> AllowedNames::add(AllowedName name) {
    Database::Work work = [name = std::move(name)](StateFile& file) {
        std::optional<std::int64_t> until;
        if (name.until) until = name.until->time_since_epoch().count();
        file.run(
            "INSERT OR REPLACE INTO allowed (name, below, kinds, until, note, added) VALUES (?, ?, ?, ?, ?, "
            "?)",
            name.name, static_cast<std::int64_t>(name.below), static_cast<std::int64_t>(name.kinds), until,
            name.note, name.added.time_since_epoch().count());
    };
    co_return co_await database_.run(std::move(work));
}

task<error> AllowedNames::remove(std::string name, bool below) {
    Database::Work work = [name = std::move(name), below](StateFile& file) {
        file.run("DELETE FROM allowed WHERE name = ? AND below = ?", name, static_cast<std::int64_t>(below));
    };
    co_return co_await database_.run(std::move(work));
}

}  // namespace enrichd

#include "store/asked_names.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "net/tasks.hpp"
#include "store/hashed_rows.hpp"

namespace enrichd {
namespace {

constexpr std::chrono::seconds asked_written_every(1);
constexpr std::chrono::milliseconds between_asked_pieces(20);
constexpr std::size_t most_asked_at_once = 200;  // within a millisecond or two

/// True when the name was not there.
bool write_one(StateFile& file, std::int64_t name, std::int64_t first, std::int64_t last, AgentSet agents) {
    bool there = false;
    file.each(
        "SELECT first, last, agents FROM names WHERE name = ?",
        [&](const Row& row) {
            there = true;
            first = std::min(first, row.number(0));
            last = std::max(last, row.number(1));
            AgentSet all = AgentSet::parse(row.bytes(2));
            all.add(agents);
            agents = all;
        },
        name);
    if (there)
        file.run("UPDATE names SET first = ?, last = ?, agents = ? WHERE name = ?", first, last,
                 agents.bytes(), name);
    else
        file.run("INSERT INTO names (name, first, last, agents) VALUES (?, ?, ?, ?)", name, first, last,
                 agents.bytes());
    return !there;
}

/// Rows are counted beside them: to count five million takes too long.
void add_to_count(StateFile& file, std::int64_t rows) {
    file.run("UPDATE facts SET value = value + ? WHERE name = 'names'", rows);
}

std::size_t count_in(StateFile& file) {
    std::size_t count = 0;
    file.each("SELECT value FROM facts WHERE name = 'names'", [&](const Row& row) {
        count = static_cast<std::size_t>(std::max<std::int64_t>(row.number(0), 0));
    });
    return count;
}

std::vector<std::string> ids_of(StateFile& file, const AgentSet& agents) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < agents.count(); ++i)
        file.each(
            "SELECT id FROM agents WHERE number = ?", [&](const Row& row) { ids.push_back(row.text(0)); },
            std::int64_t{agents.agent(i)});
    return ids;
}

}  // namespace

AskedNames::Record& AskedNames::record_of(std::uint64_t hash) {
    const auto found = recent_.find(hash);
    if (found != recent_.end()) return found->second;
    Record record;
    if (const auto older = older_.find(hash); older != older_.end()) record = older->second;
    if (recent_.size() >= in_memory / 2) {
        older_ = std::move(recent_);
        recent_ = Records();
        recent_.reserve(in_memory / 2);  // else it would grow at once while alerts wait
    }
    return recent_.insert_or_assign(hash, record).first->second;
}

/// False when it was noted within this hour.
bool AskedNames::note_one(std::uint64_t hash, AgentNumber agent, WallTime now) {
    Record& record = record_of(hash);
    const std::uint32_t hour = hashed_rows::hour(now);
    if (hour <= record.last_hour && !record.agents.would_change(agent)) return false;
    if (changed_.size() >= most_unwritten && !changed_.contains(hash)) {
        ++not_noted_;
        return true;
    }
    record.last_hour = std::max(record.last_hour, hour);
    record.agents.add(agent);
    Change& change = changed_.try_emplace(hash, Change{now, 0, {}}).first->second;
    change.last_hour = std::max(change.last_hour, hour);
    change.agents.add(agent);
    return true;
}

/// What is above a name was noted with it.
bool AskedNames::note(std::string_view name, std::string_view domain, std::string_view agent, WallTime now) {
    if (!in_use()) return true;
    const auto number = prevalence_.find_number(agent);
    if (!number) return false;
    if (key_ != prevalence_.key()) {
        recent_.clear();
        older_.clear();
        changed_.clear();
        key_ = prevalence_.key();
    }
    if (!note_one(hash()(name), *number, now)) return true;
    std::size_t at = name.size() - domain.size();
    for (std::size_t above = 0; at > 0 && above < most_above; ++above) {
        note_one(hash().below(std::string(name.substr(at))), *number, now);
        const std::size_t dot = at < 2 ? std::string_view::npos : name.rfind('.', at - 2);
        at = dot == std::string_view::npos ? 0 : dot + 1;
    }
    return true;
}

task<result<std::vector<AskedNames::Asked>>> AskedNames::find(std::vector<std::uint64_t> hashes,
                                                              WallTime since) {
    auto found = std::make_shared<std::vector<Asked>>();
    Database::Work work = [found, hashes = std::move(hashes), key = prevalence_.key(),
                           since_hour = std::int64_t{hashed_rows::hour(since)}](StateFile& file) {
        found->clear();
        if (hashed_rows::key_in(file) != key) return;
        for (const std::uint64_t hash : hashes)
            file.each(
                "SELECT first, last, agents FROM names WHERE name = ? AND last >= ?",
                [&](const Row& row) {
                    const AgentSet agents = AgentSet::parse(row.bytes(2));
                    found->push_back({hash, row.time(0), hashed_rows::time_of(hashed_rows::hours_at(row, 1)),
                                      agents.size(), ids_of(file, agents)});
                },
                static_cast<std::int64_t>(hash), since_hour);
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    co_return std::move(*found);
}

void AskedNames::write_changes(std::size_t most_of_them) {
    auto changes = std::make_shared<std::vector<std::pair<std::uint64_t, Change>>>();
    auto next = changed_.begin();
    while (changes->size() < most_of_them && next != changed_.end()) {
        changes->emplace_back(*next);
        changed_.erase(next++);
    }
    if (changes->empty()) return;
    database_.run_surely([changes, key = key_](StateFile& file) {
        if (hashed_rows::key_in(file) != key) return;  // another file
        std::int64_t added = 0;
        for (const auto& [hash, change] : *changes)
            added += write_one(file, static_cast<std::int64_t>(hash), change.first.time_since_epoch().count(),
                               change.last_hour, change.agents)
                         ? 1
                         : 0;
        if (added > 0) add_to_count(file, added);
    });
}

void AskedNames::write_all_changes() {
    write_changes(changed_.size());
}

task<void> AskedNames::keep_written() {
    for (bool awake = true; awake;) {
        const bool can = !database_.trouble() && database_.waiting() < most_asked_at_once;
        if (can) write_changes(most_asked_at_once);
        const bool more = can && !changed_.empty();
        Clock::duration pause = asked_written_every;
        if (more) pause = between_asked_pieces;
        awake = co_await sleep_until(Clock::now() + pause);
    }
}

task<bool> AskedNames::prune() {
    if (!prevalence_.in_use()) co_return false;
    auto removed = std::make_shared<std::size_t>(0);
    pruned_at_ = hashed_rows::next_place(pruned_at_);
    Database::Work work = [removed, most = most_, at = pruned_at_](StateFile& file) {
        static constexpr hashed_rows::Table names{
            "SELECT name, last FROM names WHERE name >= ? ORDER BY name LIMIT ?",
            "SELECT name, last FROM names ORDER BY name LIMIT ?", "DELETE FROM names WHERE name = ?"};
        *removed = 0;
        const std::size_t count = count_in(file);
        if (count <= most) return;
        *removed = hashed_rows::remove_some(file, names, at, count - most).size();
        add_to_count(file, -static_cast<std::int64_t>(*removed));
    };
    const error failure = co_await database_.run(std::move(work));
    co_return !failure && *removed > 0;
}

}  // namespace enrichd

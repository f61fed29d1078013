#include "store/open_ages.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace enrichd {
namespace {

std::int64_t seconds(WallTime time) {
    return time.time_since_epoch().count();
}

}  // namespace

OpenAge open_age(const Row& row) {
    Alert alert{
        row.text(1), {row.text(2), row.text(3), row.text(4)}, row.text(5), sound_context(row.text(8))};
    return {row.text(0), std::move(alert), row.time(6), row.time(7)};
}

void OpenAges::add(StateFile& file, const OpenAge& age) {
    file.run(
        "INSERT OR IGNORE INTO open_ages (domain, alert_id, agent_id, agent_name, agent_ip, query, since, "
        "due, context)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        age.domain, age.alert.id, age.alert.agent.id, age.alert.agent.name, age.alert.agent.ip,
        age.alert.query, seconds(age.since), seconds(age.due), age.alert.context);
}

void OpenAges::close(StateFile& file, const std::string& domain) {
    file.run("DELETE FROM open_ages WHERE domain = ?", domain);
}

task<result<std::vector<OpenAge>>> OpenAges::take(WallTime now, WallTime again, std::size_t count) {
    const std::int64_t impossible = seconds(now + std::chrono::hours(24));
    auto found = std::make_shared<std::vector<OpenAge>>();
    auto all = std::make_shared<std::int64_t>(0);
    Database::Work work = [found, all, now, again, count, impossible](StateFile& file) {
        found->clear();
        file.each(
            "SELECT domain, alert_id, agent_id, agent_name, agent_ip, query, since, due, context FROM "
            "open_ages"
            " WHERE due <= ? OR due > ? ORDER BY due LIMIT ?",
            [&](const Row& row) { found->push_back(open_age(row)); }, seconds(now), impossible,
            static_cast<std::int64_t>(count));
        for (const OpenAge& one : *found)
            file.run("UPDATE open_ages SET due = ? WHERE domain = ?", seconds(again), one.domain);
        file.each("SELECT count(*) FROM open_ages", [&](const Row& row) { *all = row.number(0); });
    };
    const error failure = co_await database_.run(std::move(work));
    if (failure) co_return failure;
    size_ = static_cast<std::size_t>(*all);
    co_return std::move(*found);
}

void OpenAges::defer(std::string domain, WallTime due) {
    database_.run_surely([domain = std::move(domain), due](StateFile& file) {
        file.run("UPDATE open_ages SET due = ? WHERE domain = ?", seconds(due), domain);
    });
}

}  // namespace enrichd

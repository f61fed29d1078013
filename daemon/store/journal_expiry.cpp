// Journal: alerts that are given up, of stages that only add to what others report.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "store/journal.hpp"

namespace enrichd {
namespace {

/// Dropped in one transaction: others wait behind it.
constexpr std::int64_t max_dropped = 1'000;

}  // namespace

task<bool> Journal::expire(std::string stage, Clock::time_point received_before) {
    auto dropped = std::make_shared<std::int64_t>(0);
    Database::Work work = [dropped, stage, limit = received_before.time_since_epoch().count(),
                           run = run_](StateFile& file) {
        file.run(
            "DELETE FROM journal WHERE number IN (SELECT number FROM journal WHERE waits = 0 AND stage = ?"
            " AND run = ? AND received < ? LIMIT ?)",
            stage, run, limit, max_dropped);
        *dropped = file.changes();
        if (limit <= run || *dropped > 0) return;
        // Those of earlier runs wait since this one began.
        file.run(
            "DELETE FROM journal WHERE number IN (SELECT number FROM journal WHERE waits = 0 AND stage = ?"
            " AND run <> ? LIMIT ?)",
            stage, run, max_dropped);
        *dropped = file.changes();
    };
    co_return co_await drop(std::move(stage), "too_late", std::move(work), dropped);
}

task<bool> Journal::make_room(std::string stage) {
    const std::size_t excess = pending(stage) - std::min(pending(stage), own_share());
    if (excess == 0) co_return false;
    const std::int64_t most = std::min(static_cast<std::int64_t>(excess), max_dropped);
    auto dropped = std::make_shared<std::int64_t>(0);
    Database::Work work = [dropped, stage, most](StateFile& file) {
        file.run(
            "DELETE FROM journal WHERE number IN (SELECT number FROM journal WHERE waits = 0 AND stage = ?"
            " ORDER BY rank, number DESC LIMIT ?)",
            stage, most);
        *dropped = file.changes();
    };
    co_return co_await drop(std::move(stage), "journal_full", std::move(work), dropped);
}

task<bool> Journal::drop(std::string stage, std::string_view reason, Database::Work work,
                         std::shared_ptr<std::int64_t> dropped) {
    const error failure = co_await database_.run(std::move(work));
    if (failure || *dropped == 0) co_return false;
    const auto count = static_cast<std::size_t>(*dropped);
    Counts& counts = of(stage);
    counts.waiting -= std::min(counts.waiting, count);
    counts.dropped.add(reason, count);
    log::warning("alerts that waited for a stage are given up",
                 {{"stage", stage}, {"reason", reason}, {"alerts", count}});
    co_return *dropped == max_dropped;
}

}  // namespace enrichd

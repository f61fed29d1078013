#include "admin/history.hpp"

#include <cstdint>
#include <utility>

namespace enrichd {
namespace {

double rate(std::uint64_t now, std::uint64_t before, double seconds) {
    return static_cast<double>(now - before) / seconds;
}

}  // namespace

void History::note(const Totals& totals, Clock::time_point now, WallTime wall) {
    const auto note_reasons = [&](const Counters& now_counted, Counters Totals::*of) {
        for (const auto& [reason, count] : now_counted.counts())
            if (!before_ ? count > 0 : count > (*before_.*of)[reason]) last_refused_[reason] = wall;
    };
    note_reasons(totals.rejected, &Totals::rejected);
    note_reasons(totals.gated, &Totals::gated);
    note_found(totals.findings, wall);
    const double seconds = std::chrono::duration<double>(now - at_).count();
    if (before_ && seconds > 0) {
        Step made;
        made.received = rate(totals.received, before_->received, seconds);
        made.finished = rate(totals.finished, before_->finished, seconds);
        made.events = rate(totals.events, before_->events, seconds);
        const std::uint64_t hits = totals.hits - before_->hits;
        const std::uint64_t asked = hits + totals.misses - before_->misses;
        if (asked > 0) made.hit_ratio = static_cast<double>(hits) / static_cast<double>(asked);
        const Histogram durations = totals.duration.since(before_->duration);
        made.p50 = quantile(durations, 0.5);
        made.p95 = quantile(durations, 0.95);
        list_.push_back(made);
        if (list_.size() > most) list_.pop_front();
    }
    before_ = totals;
    at_ = now;
}

/// To a step's precision. After a clock was set back, hours that are to come count as this one.
void History::note_found(const Counters& now, WallTime wall) {
    while (!hours_.empty() && wall - hours_.front().begins >= week) hours_.pop_front();
    const WallTime hour = std::chrono::floor<std::chrono::hours>(wall);
    Counters found;
    for (; !hours_.empty() && hours_.back().begins > hour; hours_.pop_back()) found.add(hours_.back().found);
    for (const auto& [kind, count] : now.counts()) {
        const std::uint64_t before = before_ ? before_->findings[kind] : 0;
        if (count > before) found.add(kind, count - before);
    }
    if (found.total() == 0) return;
    if (hours_.empty() || hours_.back().begins < hour) hours_.push_back({hour, {}});
    hours_.back().found.add(found);
}

void History::note_troubles(const std::vector<std::string>& checks, WallTime wall) {
    std::map<std::string, WallTime, std::less<>> now;
    for (const std::string& check : checks) now.emplace(check, trouble_since(check).value_or(wall));
    troubles_ = std::move(now);
}

std::optional<WallTime> History::trouble_since(std::string_view check) const {
    const auto found = troubles_.find(check);
    return found == troubles_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace enrichd

#include "admin/history.hpp"

#include <utility>

namespace enrichd {
namespace {

double rate(std::uint64_t now, std::uint64_t before, double seconds) {
    return static_cast<double>(now - before) / seconds;
}

}  // namespace

std::optional<double> quantile(const Histogram& values, double q) {
    const auto& counts = values.counts();
    std::uint64_t all = 0;
    for (const std::uint64_t count : counts) all += count;
    if (all == 0) return std::nullopt;
    const double rank = q * static_cast<double>(all);
    double below = 0;
    for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
        const auto here = static_cast<double>(counts[i]);
        if (here > 0 && below + here >= rank) {
            const double from = i == 0 ? 0 : Histogram::bounds[i - 1];
            return from + (Histogram::bounds[i] - from) * (rank - below) / here;
        }
        below += here;
    }
    return Histogram::bounds.back();
}

void History::note(const Totals& totals, Clock::time_point now, WallTime wall) {
    for (const auto& [reason, count] : totals.refused.counts())
        if (!before_ ? count > 0 : count > before_->refused[reason]) last_refused_[reason] = wall;
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

void History::note_troubles(const std::vector<std::string_view>& checks, WallTime wall) {
    std::map<std::string, WallTime, std::less<>> now;
    for (const std::string_view check : checks) now.emplace(check, trouble_since(check).value_or(wall));
    troubles_ = std::move(now);
}

std::optional<WallTime> History::trouble_since(std::string_view check) const {
    const auto found = troubles_.find(check);
    return found == troubles_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace enrichd
